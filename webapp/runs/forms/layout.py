"""What is up front on the New run page and what is folded. A field named nowhere appears in the last part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Part:
    """A card of the form, or a fold of it, with top-level fields of the spec."""

    title: str
    names: tuple[str, ...]
    folded: bool = False


LAYOUT = (
    Part("Network", ("layers", "head")),
    Part("Training", ("optimizer", "learning_rate", "batch_size", "epochs")),
    Part("Schedule and stopping", ("schedule", "early_stopping"), folded=True),
    Part(
        "Regularisation",
        ("l2", "l1", "input_keep_prob", "max_norm", "clip_norm", "clip_value", "batch_norm"),
        folded=True,
    ),
    Part(
        "Data, augmentations, seed and precision",
        ("normalise", "augmentations", "full_batch", "shuffle", "seed", "precision"),
        folded=True,
    ),
)

#: Choices whose constants are folded: their defaults are nearly always right.
FOLDED_CONSTANTS = frozenset({"optimizer", "head"})


def parts_of(names: Iterable[str]) -> list[Part]:
    """The layout for a spec that has these fields."""
    present = list(names)
    placed = {name for part in LAYOUT for name in part.names}
    known = [replace(part, names=tuple(name for name in part.names if name in present)) for part in LAYOUT]
    left = tuple(name for name in present if name not in placed)
    return [*known[:-1], replace(known[-1], names=known[-1].names + left)]

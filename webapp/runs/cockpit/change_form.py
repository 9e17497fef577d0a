"""The form of what can be changed while a run trains: the fields of a spec that leave its shape alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine import Spec
from webapp.datasets.models import Version
from webapp.runs.forms.fields import Bound
from webapp.runs.forms.reading import flatten
from webapp.runs.forms.spec_form import SpecForm

STEPS = ("learning_rate", "schedule", "batch_size", "epochs")
REGULARISATION = ("l2", "l1", "max_norm", "clip_norm", "clip_value", "input_keep_prob")
STOPPING = ("early_stopping",)


@dataclass(frozen=True)
class Section:
    title: str
    fields: tuple[Bound, ...]
    folded: bool = False

    @property
    def opened(self) -> bool:
        """Whether a field in it wants to be seen."""
        return any(bound.opened for bound in self.fields)


class ChangeForm:
    """One state of the form. What is not posted stays as it is."""

    def __init__(self, version: Version, spec: Spec, posted: Mapping[str, str] | None = None) -> None:
        self.spec = spec
        posted = {name: value for name, value in (posted or {}).items() if not name.startswith("own.")}
        flat = flatten(spec.model_dump(mode="json"))
        if any(name.startswith("augmentations.") or name == "shape.augmentations" for name in posted):
            flat = {name: value for name, value in flat.items() if not name.startswith("augmentations.")}
        self.form = SpecForm(version, {**flat, **posted}, original=spec)
        self.is_of_images = bool(version.image_shape)

    def act(self, action: str) -> None:
        """Press a button such as "augmentations.add"."""
        self.form.act(action)

    @cached_property
    def sections(self) -> list[Section]:
        """The fields, as the New run form shows them."""
        bound = {field.path: field for field in self.form.fields}
        kept = tuple(
            replace(child, field=replace(child.field, title=f"Keep in layer {number}"))
            for number, layer in enumerate(bound["layers"].children, start=1)
            for child in layer.children
            if child.path.endswith(".keep_prob")
        )
        augmentations = (bound["augmentations"],) if self.is_of_images else ()
        return [
            Section("Steps", tuple(bound[name] for name in STEPS)),
            Section(f"Constants of {self.optimizer}", bound["optimizer"].children, folded=True),
            Section("Regularisation", (*(bound[name] for name in REGULARISATION), *kept), folded=True),
            Section("Augmentations", augmentations, folded=True),
            Section("Early stopping", tuple(bound[name] for name in STOPPING), folded=True),
        ]

    @property
    def optimizer(self) -> str:
        return str(type(self.spec.optimizer).model_config.get("title", self.spec.optimizer.kind))

    @property
    def problems(self) -> Mapping[str, str]:
        """A sentence for each field that is wrong."""
        return self.form.problems

    @property
    def values(self) -> dict[str, Any]:
        """What differs, by path, as `Trainer.change` takes it; only when nothing is wrong."""
        assert self.form.spec is not None
        return difference(self.spec, self.form.spec)


def difference(before: Spec, after: Spec) -> dict[str, Any]:
    """The values of `after` that differ, by path; constants of the optimizer and of layers one by one."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    values: dict[str, Any] = {}
    for name, value in new.items():
        if value == old[name]:
            continue
        if name in ("optimizer", "batch_norm"):
            values |= {f"{name}.{key}": part for key, part in value.items() if part != old[name].get(key)}
        elif name == "layers":
            for index, (mine, theirs) in enumerate(zip(old[name], value, strict=True)):
                values |= {f"layers.{index}.{key}": part for key, part in theirs.items() if part != mine[key]}
        else:
            values[name] = value
    return values

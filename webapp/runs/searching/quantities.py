"""What a run can be searched, sorted and shown by: every field of the spec, and what is known of the run.

The spec's fields come from its schema: what the engine registers can be asked for by itself. The test error
is sealed and is not among them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import F, FloatField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from engine import Spec
from webapp.runs.forms import schema
from webapp.runs.models import Run
from webapp.runs.searching.json_paths import SpecFlag, SpecLength, SpecNumber, SpecText

ALIASES = {
    "lr": "learning_rate",
    "batch": "batch_size",
    "lambda": "l2",
    "error": "dev_error",
    "dev": "dev_error",
    "train": "train_error",
    "best": "best_dev_error",
    "note": "notes",
    "tags": "tag",
    "beta_1": "optimizer.beta1",
    "beta_2": "optimizer.beta2",
}


@dataclass(frozen=True)
class Quantity:
    """A name that can be asked for.

    Of the items of a list, `path` is where the list is and `inside` where in each item the value is.
    kind: number, choice, flag, text, date or tag. A text with a `key` is meant by its number, too. What is
    `of_trials` belongs to trials of sweeps alone.
    """

    name: str
    title: str
    group: str
    kind: str
    path: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    choices: dict[str, str] = field(default_factory=dict, hash=False)
    is_error: bool = False
    column: str = ""
    key: str = ""
    of_trials: bool = False

    @property
    def expression(self) -> Combinable:
        """What it is sorted by and compared with; of a list the first item's."""
        if self.column:
            return Cast(F(self.column), FloatField()) if self.kind == "number" else F(self.column)
        if self.name == "layers":
            return SpecLength("layers")
        path = (*self.path, "0", *self.inside) if self.inside else self.path
        return {"number": SpecNumber, "flag": SpecFlag}.get(self.kind, SpecText)(*path)

    def read(self, spec: dict[str, Any]) -> list[Any]:
        """Its values in a spec as JSON: of a list one an item, else one; none where it has no such field."""
        if self.name == "layers":
            return [len(spec.get("layers", ()))]
        found = _at(spec, self.path)
        if not self.inside:
            return [] if found is None else [found]
        values = [_at(item, self.inside) for item in found or ()]
        return [value for value in values if value is not None]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


OF_THE_RUN = (
    Quantity("name", "Name", "Run", "text", column="name"),
    Quantity("dataset", "Dataset", "Run", "text", column="version__dataset__name"),
    Quantity("notes", "Note", "Run", "text", column="notes"),
    Quantity("tag", "Tag", "Run", "tag"),
    Quantity(
        "state",
        "State",
        "Run",
        "choice",
        column="state",
        choices={**{state: state for state in Run.State.values}, "live": "live", "ended": "ended"},
    ),
    Quantity("created", "Created", "Run", "date", column="created"),
    Quantity("started", "Started", "Run", "date", column="started"),
    Quantity("ended", "Ended", "Run", "date", column="ended"),
    Quantity("version", "Dataset version", "Run", "number", column="version__number"),
    Quantity("trial", "Trial of a sweep", "Run", "flag", column="is_trial", of_trials=True),
    Quantity("epoch", "Epochs done", "Results", "number", column="epoch"),
    Quantity("step", "Steps done", "Results", "number", column="step"),
    Quantity("train_error", "Train error", "Results", "number", is_error=True, column="train_error"),
    Quantity("dev_error", "Dev error", "Results", "number", is_error=True, column="dev_error"),
    Quantity("best_dev_error", "Best dev error", "Results", "number", is_error=True, column="best_dev_error"),
)


FURTHER: list[Quantity] = []


def register(quantity: Quantity) -> None:
    """Let an app above add what it knows of runs, while the site starts."""
    FURTHER.append(quantity)
    quantities.cache_clear()
    short_names.cache_clear()


@cache
def quantities() -> dict[str, Quantity]:
    """Every quantity by its full name, in the order in which people are offered them."""
    layers = Quantity("layers", "Hidden layers", "Network", "number")
    found = {quantity.name: quantity for quantity in (*OF_THE_RUN, *FURTHER, layers)}
    for quantity in _of_spec():
        found.setdefault(quantity.name, quantity)
    return found


def _of_spec() -> Iterator[Quantity]:
    for name, part in schema.describe(Spec).fields.items():
        match part:
            case schema.Rows():
                yield from _walk(part.item, (name,), part.title, inside=())
            case schema.Choice() | schema.Group():
                yield from _walk(part, (name,), part.title, None)
            case _:
                yield from _walk(part, (name,), "Training", None)


def _walk(
    part: schema.Field, path: tuple[str, ...], group: str, inside: tuple[str, ...] | None
) -> Iterator[Quantity]:
    """The quantities of a field at `path`, or, in a list, at `inside` of each item."""
    here = inside if inside is not None else path
    prefix = (path if inside is not None else ()) + here
    match part:
        case schema.Choice():
            choices = {kind: member.title for kind, member in part.kinds.items()}
            title = part.title or group
            yield _quantity(prefix, title, group, "choice", path, inside, ("kind",), choices)
            for member in part.kinds.values():
                for name, child in member.fields.items():
                    yield from _walk(child, *_below(path, inside, name, group))
        case schema.Group():
            for name, child in part.fields.items():
                yield from _walk(child, *_below(path, inside, name, group))
        case schema.Number():
            yield _quantity(prefix, part.title, group, "number", path, inside)
        case schema.Options():
            is_flag = set(part.labels) == {"true", "false"}
            choices = {} if is_flag else dict(part.labels)
            yield _quantity(
                prefix, part.title, group, "flag" if is_flag else "choice", path, inside, (), choices
            )


def _below(
    path: tuple[str, ...], inside: tuple[str, ...] | None, name: str, group: str
) -> tuple[tuple[str, ...], str, tuple[str, ...] | None]:
    return (path, group, (*inside, name)) if inside is not None else ((*path, name), group, None)


def _quantity(
    prefix: tuple[str, ...],
    title: str,
    group: str,
    kind: str,
    path: tuple[str, ...],
    inside: tuple[str, ...] | None,
    end: tuple[str, ...] = (),
    choices: dict[str, str] | None = None,
) -> Quantity:
    if inside is None:
        return Quantity(".".join(prefix), title, group, kind, (*path, *end), (), choices or {})
    return Quantity(".".join(prefix), title, group, kind, path, (*inside, *end), choices or {})


@cache
def short_names() -> dict[str, tuple[str, ...]]:
    """The full names that a short one may stand for: its last part, or one of the aliases."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in quantities():
        if name.rpartition(".")[2] not in quantities():
            found[name.rpartition(".")[2]].append(name)
    found |= {alias: [name] for alias, name in ALIASES.items()}
    return {short: tuple(names) for short, names in found.items()}


def shown_as_columns() -> list[Quantity]:
    """What may be chosen as a further column of the list."""
    fixed = {"name", "dataset", "notes", "tag", "state", "created", "epoch", "learning_rate"}
    fixed |= {"train_error", "dev_error", "best_dev_error", "trial"}
    return [known for name, known in quantities().items() if name not in fixed and not known.key]

"""The form of a plan without its ranges: which strategy, what is given up early, how long.

Everything follows from the plan's fields: a new strategy or rule appears here by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from pydantic import ValidationError, create_model

from engine import problems as explained
from engine.choices import Choice as Model
from webapp.runs.forms.fields import Bound, Marks, bind
from webapp.runs.forms.layout import Part
from webapp.runs.forms.reading import Problems, flatten, nest
from webapp.runs.forms.schema import Choice, Field, Group, Options, describe
from webapp.runs.forms.spec_form import Section, draft_of_model
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import Space

from .grid_note import grid_note

PREFIX = "plan:"
PARTS = (
    Part("How to search", ("strategy", "trials", "pruning", "objective")),
    Part("Budgets and finalists", ("minutes", "epochs", "finalists", "seeds"), folded=True),
)
WORDS = {"dev_error": "Dev error", "dev_cost": "Dev cost"}

_KNOBS: dict[str, Any] = {
    name: (known.annotation, known) for name, known in Plan.model_fields.items() if name != "space"
}
#: The plan but for its ranges, which have a form of their own.
Knobs = create_model("Plan", __base__=Model, **_KNOBS)


def _ready(field: Field) -> Field:
    """A union of one as a choice all the same, and the words of options that are names."""
    if isinstance(field, Group) and field.kind:
        return Choice(field.title, field.help, {"kind": field.kind}, kinds={field.kind: _titled(field)})
    if isinstance(field, Options):
        return replace(field, labels={name: WORDS.get(name, name) for name in field.labels})
    return field


def _titled(group: Group) -> Group:
    """A lone kind under its own title and help, not under those of the field that holds it."""
    for known in _members():
        if known.kind == group.kind:
            return known
    return group


def _members() -> list[Group]:
    annotations = [known.annotation for known in Plan.model_fields.values()]
    models = [each for each in annotations if isinstance(each, type) and issubclass(each, Model)]
    return [describe(model) for model in models if "kind" in model.model_fields]


ROOT = Group("", "", fields={name: _ready(field) for name, field in describe(Knobs).fields.items()})


class PlanForm:
    """One state of the form: texts by name, without the prefix under which they are posted."""

    def __init__(self, posted: Mapping[str, str]) -> None:
        self.texts = dict(posted)
        values, self.problems = nest(self.texts, ROOT)
        self.draft: Model | None = None
        try:
            self.draft = Knobs.model_validate(values)
        except ValidationError as error:
            for problem in explained(error, Knobs):
                self.problems.setdefault(problem.field, problem.message)
            self.draft = draft_of_model(Knobs, values, self.problems)

    @classmethod
    def of(cls, plan: Plan) -> PlanForm:
        return cls(flatten(plan.model_dump(mode="json", exclude={"space"})))

    @property
    def posted(self) -> dict[str, str]:
        """The texts as the page posts them."""
        return {f"{PREFIX}{name}": text for name, text in self.texts.items()}

    def plan_with(self, space: Space) -> Plan | None:
        """The plan of these knobs for a space: what is wrong is at its default."""
        if self.draft is None:
            return None
        return Plan(space=space, **{name: getattr(self.draft, name) for name in Knobs.model_fields})

    def sections(self, refused: Problems) -> list[Section]:
        """The knobs in their order. `refused` is what else is wrong, by path."""
        errors = {f"{PREFIX}{path}": text for path, text in (refused | self.problems).items()}
        marks = Marks(errors)
        bound = {
            name: bind(field, f"{PREFIX}{name}", self.posted, marks) for name, field in ROOT.fields.items()
        }
        bound["strategy"] = noted(bound["strategy"])
        return [Section(part, _of(part, bound)) for part in _parts(list(bound))]


@dataclass(frozen=True)
class Noted(Bound):
    """A knob with something to look at below it."""

    @property
    def look(self) -> str:
        return "sweeps/new/noted.html"

    @property
    def figure(self) -> dict[str, Any] | None:
        return grid_note() if self.value == "grid" else None


def noted(bound: Bound) -> Noted:
    """The same knob with what its value wants to be shown."""
    return Noted(**{each.name: getattr(bound, each.name) for each in fields(Bound)})


def _of(part: Part, bound: Mapping[str, Bound]) -> tuple[Bound, ...]:
    return tuple(bound[name] for name in part.names)


def _parts(names: list[str]) -> list[Part]:
    """The parts for what fields there are; one named in none of them is in the last."""
    placed = {name for part in PARTS for name in part.names}
    known = [replace(part, names=tuple(name for name in part.names if name in names)) for part in PARTS]
    left = tuple(name for name in names if name not in placed)
    return [*known[:-1], replace(known[-1], names=known[-1].names + left)]


def own_texts(posted: Mapping[str, str]) -> dict[str, str]:
    """Those of the plan in what a page posted."""
    return {name.removeprefix(PREFIX): text for name, text in posted.items() if name.startswith(PREFIX)}

"""The form of a whole spec: posted texts in; a valid spec, or a sentence at each field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from engine import Spec
from engine import problems as explained
from webapp.datasets.models import Version
from webapp.datasets.preparation import heads_for

from .actions import Done, act
from .checks import problems_with
from .fields import Bound, Marks, bind, walk
from .layout import Part, parts_of
from .reading import Problems, flatten, nest, renumber
from .schema import Rows, describe, home

ROOT = describe(Spec)
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Section:
    """A part of the layout with its fields."""

    part: Part
    fields: tuple[Bound, ...]

    @property
    def opened(self) -> bool:
        return any(bound.opened for bound in self.fields)


class Reading(NamedTuple):
    """What is wrong, the spec with every wrong value at its default, and whether all could be read."""

    problems: Problems
    draft: Spec | None
    complete: bool


class SpecForm:
    """One state of the form. `original` is the spec of the run that is cloned."""

    def __init__(self, version: Version, posted: Mapping[str, str], original: Spec | None = None) -> None:
        self.version = version
        self.original = flatten(original.model_dump(mode="json")) if original else None
        self.posted = dict(posted)
        for name, field in ROOT.fields.items():
            if isinstance(field, Rows):
                self.posted = renumber(self.posted, name)

    @classmethod
    def of(cls, version: Version, spec: Spec, original: Spec | None = None) -> SpecForm:
        """The form as `spec` fills it; a head that cannot learn the dataset gives way to one that can."""
        return cls(version, flatten(spec.model_dump(mode="json")), original).fitted()

    def fitted(self) -> SpecForm:
        """The same form with a head that fits the task."""
        heads = heads_for(self.version.task)
        if self.posted.get("head.kind") not in heads:
            self.posted["head.kind"] = heads[0]
        return self

    def act(self, action: str) -> Done:
        """Press a button such as "layers.add"."""
        done = act(action, self.posted, ROOT)
        self.posted = done.posted
        for name in ("_reading", "sections"):
            self.__dict__.pop(name, None)
        return done

    @cached_property
    def _reading(self) -> Reading:
        values, problems = nest(self.posted, ROOT)
        draft: Spec | None = None
        try:
            draft = Spec.model_validate(values)
        except ValidationError as error:
            for path, text in ((home(ROOT, path), text) for path, text in explained(error)):
                # What a group says of all its fields together holds only once each of them can be read.
                if not any(known == path or known.startswith(f"{path}.") for known in problems):
                    problems[path] = text
            draft = draft_of(values, problems)
        complete = not problems
        for path, text in problems_with(self.version, draft).items() if draft else ():
            problems.setdefault(path, text)
        return Reading(problems, draft, complete)

    @property
    def problems(self) -> Problems:
        """A sentence for each path that is wrong."""
        return self._reading.problems

    @property
    def draft(self) -> Spec | None:
        """The spec as far as it can be read: what is wrong is at its default. Not to be trained."""
        return self._reading.draft

    @property
    def complete(self) -> bool:
        """Whether every value could be read, even when the spec does not suit the dataset or the machine."""
        return self._reading.complete

    @property
    def spec(self) -> Spec | None:
        """The spec, when nothing is wrong."""
        return None if self.problems else self.draft

    @cached_property
    def sections(self) -> list[Section]:
        """The fields in the order of the layout."""
        marks = Marks(self.problems, self.original, {"head": heads_for(self.version.task)})
        bound = {name: bind(field, name, self.posted, marks) for name, field in ROOT.fields.items()}
        parts = parts_of(bound)
        return [Section(part, tuple(bound[name] for name in part.names)) for part in parts]

    @property
    def fields(self) -> list[Bound]:
        """The top-level fields."""
        return [bound for section in self.sections for bound in section.fields]

    @property
    def labels(self) -> dict[str, str]:
        """What people call each path: "Hidden layer 2, units"."""
        return {bound.path: label_of(bound, self.fields) for field in self.fields for bound in walk(field)}


def label_of(bound: Bound, fields: list[Bound]) -> str:
    """The title of a field, and of its row when it has one."""
    name, _, rest = bound.path.partition(".")
    row = rest.partition(".")[0]
    if not row.isdigit():
        return bound.field.title
    rows = next(field for field in fields if field.path == name)
    one = rows.field.title.removesuffix("s")
    return f"{one} {int(row) + 1}" + (f", {bound.field.title.lower()}" if rest != row else "")


def draft_of(values: dict[str, Any], problems: Problems) -> Spec | None:
    """The spec of `values` without those at the paths of `problems`; None when no spec is left."""
    return draft_of_model(Spec, values, problems)


def draft_of_model(model: type[Model], values: dict[str, Any], problems: Problems) -> Model | None:
    """The same of any model."""
    try:
        return model.model_validate(without(values, set(problems)))
    except ValidationError:
        return None


def without(value: Any, paths: set[str], path: str = "") -> Any:
    """A copy of nested `value` that leaves out what lies at `paths`."""
    prefix = f"{path}." if path else ""
    match value:
        case dict():
            return {
                name: without(part, paths, prefix + name)
                for name, part in value.items()
                if prefix + name not in paths
            }
        case list():
            return [without(part, paths, f"{prefix}{index}") for index, part in enumerate(value)]
    return value

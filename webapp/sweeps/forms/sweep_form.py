"""The form of a sweep: a run's form in which values may be ranges, and the form of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from typing_extensions import override

from engine import Spec
from webapp.datasets.models import Version
from webapp.datasets.preparation import heads_for
from webapp.runs.forms.actions import Done
from webapp.runs.forms.fields import Bound
from webapp.runs.forms.reading import Problems, flatten
from webapp.runs.forms.spec_form import Section, SpecForm
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import Space
from webapp.sweeps.space.space import MAX_DIMENSIONS
from webapp.sweeps.starting import check
from webapp.sweeps.wording import title_of

from .places import LAYERS, alike, field_at
from .plan_form import PREFIX, PlanForm, own_texts
from .plan_form import ROOT as PLAN
from .ranges import Range, Searched, descend, id_of, searched
from .sampling import Sample, sampled
from .texts import joined, parted, texts_of
from .turning import TURN, beyond, turned, without_new_row

#: What is wrong with a range is kept under its path and this.
RANGE = ":range"
#: What is wrong with the ranges as a whole.
SPACE = "space"


class SweepForm(SpecForm):
    """One state of the form. `refused` is what the plan was refused for when it was started, by its paths."""

    def __init__(
        self,
        version: Version,
        posted: Mapping[str, str],
        original: Spec | None = None,
        refused: Problems | None = None,
    ) -> None:
        super().__init__(version, {name: text for name, text in posted.items() if ":" not in name}, original)
        self.texts = parted(posted)
        self.plan_form = PlanForm(own_texts(posted))
        self.refused = dict(refused or {})
        self._settle()

    @classmethod
    def filled(cls, version: Version, spec: Spec, plan: Plan, original: Spec | None = None) -> SweepForm:
        """The form as a spec and a plan fill it; the head gives way to one that can learn the dataset."""
        ranges = {path: texts_of(known, field_at(path)) for path, known in plan.space.dimensions.items()}
        posted = flatten(spec.model_dump(mode="json")) | joined(ranges) | PlanForm.of(plan).posted
        form = cls(version, posted, original)
        form.fitted()
        return form

    @override
    def fitted(self) -> SweepForm:
        super().fitted()
        self._settle()
        return self

    def _settle(self) -> None:
        """A value counts for nothing where a range is in its place: it becomes one that is right."""
        self._forget()
        for path, texts in self.texts.items():
            one = Range(path, texts)
            if path in self.posted and one.is_ticked and one.ticked and self.posted[path] not in one.ticked:
                self.posted[path] = one.ticked[0]
        self._forget()
        for name, one in [found for path in self._reading.problems if (found := self._covered(path))]:
            known = one.distribution
            self.posted.pop(name, None)
            self.posted |= {name: flatten(known.at(0), "_")["_"]} if known else {}
        self._forget()

    def _covered(self, path: str) -> tuple[str, Range] | None:
        """The name under which the value at `path` is posted, and the range in its place, if there is one."""
        for name in (path, f"{path}.kind"):
            for ranged in (name, alike(name)):
                if ranged in self.texts:
                    return name, Range(ranged, self.texts[ranged])
        return None

    def _forget(self) -> None:
        """Work everything out anew: something was changed."""
        for name in [
            name for name in self.__dict__ if isinstance(getattr(type(self), name, None), cached_property)
        ]:
            del self.__dict__[name]

    @override
    def act(self, action: str) -> Done:
        """Press a button: "range:l2", "value:l2", or one of a list of rows."""
        if found := TURN.fullmatch(action):
            self.texts = turned(self, found["verb"], found["path"])
            self._settle()
            return Done(self.posted, focus=id_of(found["path"]))
        before = dict(self.posted)
        apart = beyond(self.texts, before)
        here = {path: texts for path, texts in self.texts.items() if path not in apart}
        self.posted = self.posted | joined(here)  # ranges go where their rows go
        done = super().act(action)
        self.texts = without_new_row(parted(done.posted), before, done.posted) | apart
        self.posted = {name: text for name, text in done.posted.items() if ":" not in name}
        self._settle()
        return done

    @cached_property
    def _bare(self) -> Space:
        """As much of the space as can be read."""
        found = {path: Range(path, texts).distribution for path, texts in self.texts.items()}
        known = {path: each for path, each in found.items() if each is not None}
        return Space.model_construct(dimensions=dict(list(known.items())[:MAX_DIMENSIONS]))

    @property
    def plan(self) -> Plan | None:
        """The plan as far as it can be read: what is wrong in it is at its default or left out."""
        return self.plan_form.plan_with(self._bare)

    @cached_property
    def _problems(self) -> Problems:
        # What a range covers is no trial's value
        found = {path: text for path, text in self._reading.problems.items() if not self._covered(path)}
        found |= {f"{PREFIX}{path}": text for path, text in self.plan_form.problems.items()}
        unread = {path: Range(path, texts).error for path, texts in self.texts.items()}
        found |= {f"{path}{RANGE}": text for path, text in unread.items() if text}
        if len(self.texts) > MAX_DIMENSIONS:
            found[SPACE] = (
                f"{len(self.texts)} values are ranges; {MAX_DIMENSIONS} can be searched at once: turn the "
                "least important ones back into values."
            )
        for path, text in (self._refusals or ({} if found else self._hopeless())).items():
            found.setdefault(path, text)
        return found

    @cached_property
    def samples(self) -> list[Sample]:
        """Some trials of the space, as far as it can be read and is allowed."""
        if self.draft is None:
            return []
        known, wrong = self._bare.dimensions, self._refusals
        kept = {path: one for path, one in known.items() if f"{path}{RANGE}" not in wrong}
        return sampled(self.version, self.draft, Space.model_construct(dimensions=kept))

    def _hopeless(self) -> Problems:
        """That no trial at all can be trained, where that is so."""
        if not self._bare.dimensions or any(not sample.problem for sample in self.samples):
            return {}
        told = next((sample.problem for sample in self.samples), "")
        return {SPACE: f"No trial of these ranges can be trained. {told}"} if told else {}

    @cached_property
    def _refusals(self) -> Problems:
        """What would keep the sweep from starting, by the places of this page."""
        known = self.refused
        if not known and self.draft and self.plan:
            known = check(self.version, self.draft, self.plan)
        if self.texts and not self._bare.dimensions:
            known = {path: text for path, text in known.items() if path != SPACE}
        return {self._place_of(path): text for path, text in known.items()}

    def _place_of(self, path: str) -> str:
        name, _, rest = path.partition(".")
        if name == SPACE:
            rest = rest.removeprefix("dimensions.")
            return f"{rest}{RANGE}" if rest in self.texts else SPACE
        return f"{PREFIX}{path}" if name in PLAN.fields else path

    @property
    @override
    def problems(self) -> Problems:
        return self._problems

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """What is searched, by path, in the order in which it was turned."""
        heads = heads_for(self.version.task)
        return {
            path: Range(
                path,
                texts,
                self.posted.get(path, ""),
                self._problems.get(f"{path}{RANGE}", ""),
                heads if path == "head.kind" else None,
            )
            for path, texts in self.texts.items()
        }

    @cached_property
    @override
    def sections(self) -> list[Section]:
        of_a_run = SpecForm.sections.func(self)  # type: ignore[attr-defined]
        return [
            Section(each.part, tuple(searched(bound, self.ranges) for bound in each.fields))
            for each in of_a_run
        ]

    @cached_property
    def plan_sections(self) -> list[Section]:
        """The knobs of the plan."""
        prefix = len(PREFIX)
        own = {path[prefix:]: text for path, text in self._problems.items() if path.startswith(PREFIX)}
        return self.plan_form.sections(own)

    @property
    @override
    def fields(self) -> list[Bound]:
        return [bound for part in (*self.plan_sections, *self.sections) for bound in part.fields]

    @property
    def controls(self) -> list[Searched]:
        """Every control of the network, however deep."""
        shown = [bound for part in self.sections for bound in part.fields if isinstance(bound, Searched)]
        return [each for bound in shown for each in descend(bound)]

    @property
    def covers_layers(self) -> bool:
        """Whether something of all layers together is searched, their number or their kind."""
        return any(path.startswith(f"{LAYERS}.") for path in self.texts)

    @cached_property
    def elsewhere(self) -> list[Range]:
        """The ranges of what this network has no control for, such as the fifth of three layers."""
        homes = {each.name for each in self.controls}
        homes |= {slot.path for each in self.controls for slot in each.slots}
        return [one for path, one in self.ranges.items() if path not in homes]

    @property
    @override
    def labels(self) -> dict[str, str]:
        of_ranges = {f"{path}{RANGE}": title_of(path) for path in self.texts}
        return super().labels | of_ranges

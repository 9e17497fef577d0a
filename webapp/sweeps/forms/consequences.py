"""What follows from the form of a sweep: its size, its time, what its trials would be, warnings."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from typing_extensions import override

from engine import Spec
from webapp.datasets.preparation import outputs_for
from webapp.runs.forms.consequences import Consequences, Remark, readable
from webapp.runs.forms.timing import seconds_per_epoch
from webapp.runs.pages.presentation import ABSENT
from webapp.sweeps.plan import Extent, Plan
from webapp.sweeps.wording import title_of

from .plan_form import PREFIX
from .ranges import id_of
from .sampling import Sample
from .sweep_form import RANGE, SPACE, SweepForm

TIMED = 3  # points that are timed: the smallest, one in the middle, the largest
MANY = 6  # times as many trials as dimensions, below which little of them is seen


class SweepConsequences(Consequences):
    """Everything in the aside of a sweep's form."""

    form: SweepForm

    @cached_property
    def plan(self) -> Plan | None:
        return self.form.plan

    @property
    def points(self) -> list[Sample]:
        """Some points of the space."""
        return self.form.samples

    @property
    def by_size(self) -> list[Sample]:
        return sorted(self.points, key=lambda point: point.estimate.n_parameters)

    @property
    def parameters(self) -> str:
        """From the smallest network to the largest."""
        return _span([f"{point.estimate.n_parameters:,}" for point in self.by_size])

    @property
    def memory(self) -> str:
        found = sorted(point.estimate.memory_bytes for point in self.points)
        return _span([filesizeformat(size).replace("\xa0", " ") for size in found])

    @cached_property
    def trial_seconds(self) -> list[float]:
        """Seconds of some whole trainings, from the smallest network to the largest; empty when unknown."""
        kept = [point for point in self.by_size if not point.problem]
        if not self.known or not kept:
            return []
        places = sorted({round(i * (len(kept) - 1) / (TIMED - 1)) for i in range(TIMED)})
        return [self._seconds(kept[place].spec) for place in places]

    def _seconds(self, spec: Spec) -> float:
        outputs = outputs_for(self.version, spec.head.kind)
        # What does not change the time much is set alike, so that it is not measured again and again.
        alike = spec.model_copy(update={"l2": float(spec.l2 > 0), "l1": float(spec.l1 > 0)})
        return spec.epochs * seconds_per_epoch(
            alike, self.version.n_features, outputs, self.sizes.train, self.sizes.dev
        )

    @property
    @override
    def known(self) -> bool:
        """Whether the time can be told."""
        return self.draft is not None and bool(self.points) and not self._reads_badly

    @property
    def _reads_badly(self) -> bool:
        names = {path.partition(".")[0] for path in self.form.problems if ":" not in path}
        return bool(names & {"layers", "head", "optimizer", "batch_size", "precision", "epochs"})

    @property
    def trial_time(self) -> str:
        found = sorted(self.trial_seconds)
        return _span([readable(seconds) for seconds in found])

    @cached_property
    def extent(self) -> Extent | None:
        """How many trials there will be; None while the plan or a range reads badly."""
        is_wrong = any(path.startswith(PREFIX) or path.endswith(RANGE) for path in self.form.problems)
        if self.plan is None or self.draft is None or is_wrong:
            return None
        return Extent(self.plan, self.draft.model_dump(mode="json"))

    @cached_property
    def n_runs(self) -> int | None:
        """How many trainings there are in all, those of the finalists among them."""
        return None if self.extent is None else self.extent.trials + self.extent.repetitions

    @property
    def whole_time(self) -> str:
        """How long all of it takes at most, on as many slots as there are."""
        if not self.trial_seconds or self.n_runs is None or self.plan is None:
            return ""
        mean = sum(self.trial_seconds) / len(self.trial_seconds)
        seconds = mean * self.n_runs / max(1, settings.HONE_SLOTS)
        limit = self.plan.minutes
        return readable(min(seconds, 60 * limit) if limit else seconds)

    @property
    def slots(self) -> int:
        return settings.HONE_SLOTS

    @property
    def n_dimensions(self) -> int:
        return len(self.form.texts)

    @cached_property
    @override
    def warnings(self) -> list[Remark]:
        own = [Remark("", "", text) for text in self._of_the_plan() if text]
        searched = {path.removesuffix(".kind") for path in self.form.texts}
        of_a_run = [each for each in super().warnings if each.id not in {id_of(path) for path in searched}]
        return own + (of_a_run if not self.form.covers_layers else [])

    def _of_the_plan(self) -> list[str]:
        return [self._refused(), self._few(), self._grid(), self._epochs()]

    def _refused(self) -> str:
        """Trials that will not be trained."""
        refused = Counter(point.problem for point in self.points if point.problem)
        if not refused:
            return ""
        share = refused.total() / len(self.points)
        return f"About {share:.0%} of the trials would be refused. {refused.most_common(1)[0][0]}"

    def _few(self) -> str:
        wanted = MANY * self.n_dimensions
        if self.extent is None or self.n_dimensions < 2 or (trials := self.extent.trials) >= wanted:
            return ""
        return (
            f"{trials:,} trials say little of {self.n_dimensions} dimensions: give {wanted} or more, "
            "or search fewer values at once."
        )

    def _grid(self) -> str:
        if self.extent is None or (points := self.extent.points) is None:
            return ""
        if points > (trials := self.extent.trials):
            return (
                f"This strategy has {points:,} points, and only the first {trials:,} are tried: give more "
                "trials, take fewer steps, or search at random."
            )
        if points < self.extent.plan.trials:
            return f"This strategy has {points:,} points: after so many trials the sweep is done."
        return ""

    def _epochs(self) -> str:
        """What the budget of epochs leaves of the trials."""
        if self.extent is None or (trials := self.extent.trials) == self.extent.suggested:
            return ""
        return (
            f"The budget of {self.extent.plan.epochs:,} epochs is used up by {trials:,} "
            f"trial{'' if trials == 1 else 's'} of {self.extent.base['epochs']:,} epochs."
        )

    @override
    def remark(self, path: str, text: str) -> Remark:
        if path.endswith(RANGE):
            ranged = path.removesuffix(RANGE)
            return Remark(self.form.ranges[ranged].to_mend, title_of(ranged), text)
        return super().remark(path, text) if path != SPACE else Remark("", "", text)

    @property
    def general(self) -> str:
        """What is wrong with the ranges as a whole."""
        return self.form.problems.get(SPACE, "")


def _span(words: list[str]) -> str:
    """The first and the last; one when they are alike."""
    if not words:
        return ABSENT
    return words[0] if words[0] == words[-1] else f"{words[0]} to {words[-1]}"

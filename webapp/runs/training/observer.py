"""When a run is looked into, and what is kept of it: snapshots for the charts.

Looking takes time from training: after each look the observer rests for four hundred times as long.
"""

import logging
from time import perf_counter

import numpy as np
from django.db import IntegrityError, transaction

from engine import Trainer
from engine.events import LayerStatistics
from engine.network import Network
from engine.statistics import layer_statistics
from engine.training import MAX_OBSERVED
from webapp.datasets.models import LeaseLostError
from webapp.datasets.preparation import train_rows
from webapp.datasets.recipe import Task
from webapp.runs.insight.answers import Judge
from webapp.runs.insight.layers import arrays_of, numbers_of
from webapp.runs.insight.pictures import Plane, decisions, first_weights, plane_of
from webapp.runs.models import Run, Snapshot
from webapp.runs.models.snapshot import Arrays, packed

logger = logging.getLogger(__name__)

REST = 400  # times as long as a look took, until the next one ...
PAUSE = 1.0  # ... but at least so many seconds
MOST = 300  # snapshots of one run


class Observer:
    """Looks into the run that this worker holds, now and then."""

    def __init__(self, run: Run, trainer: Trainer) -> None:
        self.run, self.trainer = run, trainer
        self.offset = offset_of(run)
        self.judge = Judge(trainer.data, run.version.task, self.offset)
        self.plane: Plane | None = None
        if trainer.data.n_features == 2:
            self.plane = plane_of(run.version, trainer.spec)
        self.count = run.snapshots.count()
        self.asked: float | None = None  # when the trainer was asked to look into its coming step
        self.due = 0.0
        self.last_step = -1

    def look(self) -> None:
        """Ask for a look into the coming step, when one is due."""
        now = perf_counter()
        if self.asked is None and now >= self.due:
            self.trainer.observe()
            self.asked = now

    def epoch_ended(self) -> None:
        """A look that is still to come does not answer for the time that judging an epoch takes."""
        if self.asked is not None:
            self.asked = perf_counter()

    def take(self, statistics: LayerStatistics) -> None:
        """Keep what was asked for."""
        self._keep(statistics)
        now = perf_counter()
        self.due = now + max(PAUSE, REST * (now - (self.asked or now)))
        self.asked = None

    def look_last(self) -> None:
        """Keep how the network is when training ends."""
        trainer, network = self.trainer, self._evaluated()
        if trainer.step == 0 or not np.isfinite(network.theta).all():
            return
        size = min(trainer.spec.batch_for(trainer.data.n_train), MAX_OBSERVED)
        x, y = trainer.data.x_train[:size], trainer.data.y_train[:size]
        trainer.network.backward(x, y)  # as a step would begin that is not taken
        gradients = {name: values.copy() for name, values in trainer.network.gradients().items()}
        seen = {"gradients": gradients, "running": network.running()}
        self._keep(layer_statistics(network, x, trainer.step, trainer.epoch, **seen))

    def _keep(self, statistics: LayerStatistics) -> None:
        try:
            numbers, content = self._seen(statistics)
        except ValueError:  # a picture less, and no reason to end a training
            logger.exception("Run %s could not be looked into at step %s", self.run.pk, statistics.step)
            return
        self._write(statistics.step, numbers, content)
        self._thin_out()

    def _seen(self, statistics: LayerStatistics) -> tuple[dict[str, float | None], bytes]:
        network = self._evaluated()
        judged, arrays = self.judge.judge(network)
        numbers = numbers_of(statistics) | judged
        return numbers, packed(arrays_of(statistics) | arrays | self._pictures(network))

    def _pictures(self, network: Network) -> Arrays:
        data, named = self.trainer.data, {}
        if data.image_shape is not None:
            named |= first_weights(network, data.image_shape)
        if self.plane is not None:
            task = self.run.version.task
            named |= decisions(network, self.plane, task, self.offset, data.target_scale)
        return named

    def _evaluated(self) -> Network:
        """The network as it would answer now, whatever its batch norms keep for later."""
        network = self.trainer.network
        running = self.trainer.spec.batch_norm.statistics == "running" or not self.trainer.within
        return network if running else network.on_batch_statistics()

    def _write(self, step: int, numbers: dict[str, float | None], content: bytes) -> None:
        facts = {"epoch": self.trainer.completed_epochs, "content": content}
        try:
            kept, is_new = Snapshot.objects.get_or_create(
                run=self.run, attempt=self.run.attempt, step=step, defaults={**facts, "numbers": numbers}
            )
        except IntegrityError as error:
            raise LeaseLostError(f"run {self.run.pk} was deleted") from error
        if not is_new:  # seen twice: what only a step tells, such as its gradients, stays
            facts["numbers"] = kept.numbers | numbers
            Snapshot.objects.filter(pk=kept.pk).update(**facts)
        self.count += is_new

    def _thin_out(self) -> None:
        """With too many, keep at most two thirds: the first, the last, and others at even distances."""
        if self.count <= MOST:
            return
        found = list(self.run.snapshots.order_by("step", "pk").values_list("pk", "step"))
        kept = evenly([step for _, step in found], MOST * 2 // 3)
        surplus = [pk for place, (pk, _) in enumerate(found) if place not in kept]
        with transaction.atomic():
            self.run.snapshots.filter(pk__in=surplus).delete()
        self.count = len(kept)


def evenly(steps: list[int], most: int) -> set[int]:
    """At most `most` places of ascending `steps` (n,): those nearest to points at even distances."""
    wanted = np.linspace(steps[0], steps[-1], most)
    after = np.searchsorted(steps, wanted).clip(1, len(steps) - 1)
    known = np.asarray(steps)
    nearer = wanted - known[after - 1] <= known[after] - wanted
    return {int(place) for place in np.where(nearer, after - 1, after)}


def offset_of(run: Run) -> float:
    """What a regression's targets were lowered by: the mean of its training part."""
    if run.version.task != Task.REGRESSION:
        return 0.0
    labels = np.load(run.version.folder / "labels.npy", mmap_mode="r")
    return float(labels[train_rows(run.version)].mean())

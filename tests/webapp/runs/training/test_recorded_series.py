"""What a trained run has in its history beside the cost."""

import numpy as np
import pytest

from engine import StepMetrics, Trainer
from engine.schedules import Exponential, ReduceOnPlateau
from tests.webapp.runs.factories import a_run, a_spec
from tests.webapp.runs.test_tasks import SIDES, read
from webapp.datasets.preparation import prepare
from webapp.runs import tasks
from webapp.runs.cockpit.commands import issue
from webapp.runs.history.reading import Cursor, columns_of, news
from webapp.runs.models import Run, line
from webapp.runs.training import recorder
from webapp.runs.training.recorder import Recorder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

FLUSHES = [0.0, 3600.0]  # after every step, or at the end only


def trained(spec) -> Run:
    run = a_run(spec, version=read(SIDES))
    tasks.train_run(run.pk)
    run.refresh_from_db()
    assert run.state == "finished", run.reason
    return run


def history(run: Run):
    return columns_of(run, line(run.attempts.all()))


def rates_of(run: Run) -> list[float]:
    """The learning rate of each step, asked of the engine as it trains."""
    trainer = Trainer(run.configuration, prepare(run.version, run.configuration))
    coming, rates = trainer.learning_rates.item(0), []
    for event in trainer:
        if type(event) is StepMetrics:
            rates.append(coming)
        coming = trainer.learning_rates.item(0)
    return rates


def flush_every(monkeypatch, seconds):
    """Whatever it costs, and whether somebody looks or not."""
    for name, value in {"FLUSH_SECONDS": seconds, "REST": 0, "UNSEEN": seconds}.items():
        monkeypatch.setattr(recorder, name, value)


@pytest.mark.parametrize("seconds", FLUSHES)
@pytest.mark.parametrize(
    "schedule",
    [Exponential(rate=0.9), ReduceOnPlateau(metric="train_cost", patience=0, factor=0.5, threshold=0.9)],
    ids=["scheduled", "cut on plateaus"],
)
def test_the_learning_rate_of_each_step_is_that_which_it_was_made_with(monkeypatch, seconds, schedule):
    flush_every(monkeypatch, seconds)
    run = trained(a_spec(batch_size=8, epochs=5, schedule=schedule))
    rates = rates_of(run)
    assert len(set(rates)) > 2
    np.testing.assert_array_equal(history(run).steps["learning_rate"], np.float32(rates))


def test_a_learning_rate_that_was_changed_holds_from_its_step_on(monkeypatch):
    flush_every(monkeypatch, 0.0)
    take = Recorder.take

    def take_and_change(self, event):
        if type(event) is StepMetrics and event.step == 4:
            issue(self.run, self.run.owner, "change", {"learning_rate": 0.5})
        return take(self, event)

    monkeypatch.setattr(Recorder, "take", take_and_change)
    run = trained(a_spec(batch_size=8, epochs=3, learning_rate=0.25))
    step = run.commands.get().step
    rates = history(run).steps["learning_rate"]
    assert 4 < step < 9
    assert rates.tolist() == [0.25] * (step - 1) + [0.5] * (9 - step + 1)


def test_each_flush_notes_speed_and_memory():
    run = trained(a_spec(batch_size=8, epochs=30))
    pulse = history(run).pulse
    assert pulse["step"][-1] == run.step
    assert (pulse["memory_mb"] > 10).all()
    assert pulse["seconds"][-1] == pytest.approx(history(run).steps["seconds"][-1], abs=1)
    assert set(news(run.pk, Cursor()).series["pulse"]) == {"step", "seconds", "memory_mb", "steps_per_second"}


def test_a_run_that_has_ended_is_merged(monkeypatch):
    flush_every(monkeypatch, 0.0)
    run = trained(a_spec(batch_size=8, epochs=10))
    assert (run.chunks.count(), run.blocks.values("sequence").distinct().count()) == (0, 1)
    assert history(run).steps["step"].tolist() == list(range(1, run.step + 1))
    assert history(run).epochs["epoch"].tolist() == list(range(1, 11))


def test_a_running_run_is_merged_whenever_enough_has_piled_up_but_for_its_last_chunks(monkeypatch):
    flush_every(monkeypatch, 0.0)
    monkeypatch.setattr(recorder, "PILE", 5)
    monkeypatch.setattr(recorder, "STAY", 3)
    left = []
    flush = Recorder.flush

    def flush_and_count(self):
        changed = flush(self)
        left.append(self.run.chunks.count())
        return changed

    monkeypatch.setattr(Recorder, "flush", flush_and_count)
    run = trained(a_spec(batch_size=8, epochs=10))
    assert (max(left), left.count(3) > 3) == (7, True)
    assert history(run).steps["step"].tolist() == list(range(1, run.step + 1))

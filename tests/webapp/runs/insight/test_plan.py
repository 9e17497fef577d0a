"""The learning rate that is planned for the coming steps of a run, as its page draws it."""

from itertools import islice

import numpy as np
import pytest

from engine import Data, StepMetrics, Trainer
from engine.schedules import SCHEDULES
from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.history.columns import EPOCHS, pack
from webapp.runs.insight.progress import plan
from webapp.runs.models import Attempt, Chunk

pytestmark = pytest.mark.django_db

M = 21


def a_trainer(**changes) -> Trainer:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(M, 2)).astype(np.float32), rng.integers(0, 2, M)
    data = Data(x, t, x[:6], t[:6], n_outputs=1)
    return Trainer(a_spec(**{"batch_size": 8, "epochs": 6, **changes}), data)


def go(trainer: Trainer, steps: int) -> Trainer:
    taken = (event for event in trainer if type(event) is StepMetrics)
    list(islice(taken, steps))
    return trainer


def row_of(trainer: Trainer, **fields):
    """The run that `trainer` trains, as its row tells of it."""
    return a_run(
        trainer.spec, attempt=1, step=trainer.step, n_steps=trainer.n_steps, n_train=M,
        **{"state": "running", **fields},
    )  # fmt: skip


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "reduce_on_plateau"])
@pytest.mark.parametrize(
    ("before", "after", "step"), [(8, 8, 0), (8, 8, 7), (8, 4, 6), (4, 8, 6), (8, 21, 6)]
)
def test_what_is_planned_is_what_the_engine_will_do_whatever_batches_were(schedule, before, after, step):
    trainer = go(a_trainer(batch_size=before, schedule=schedule), step)
    if after != before:
        trainer.change({"batch_size": after})
    steps, rates = plan(row_of(trainer))
    assert steps == list(range(step + 1, trainer.n_steps + 1))
    np.testing.assert_allclose(rates, trainer.planned_learning_rates(steps)[0], rtol=1e-9, atol=1e-12)


def test_a_change_within_an_epoch_is_planned_for_from_the_next_epoch_on():
    trainer = go(a_trainer(schedule="cosine"), 7)
    trainer.change({"batch_size": 4})
    steps, rates = plan(row_of(trainer))
    exact = trainer.planned_learning_rates(steps)[0]
    np.testing.assert_allclose(rates[4:], exact[4:], rtol=1e-9)  # 13 examples are left of the epoch
    np.testing.assert_allclose(rates[:4], exact[:4], rtol=0.05)


def test_what_plateaus_have_cut_stays_cut():
    run = row_of(go(a_trainer(schedule="reduce_on_plateau", learning_rate=0.01), 6))
    Attempt.objects.create(run=run, number=1)
    columns = {"cost": np.ones(6), "seconds": np.zeros(6), "learning_rate": np.full(6, 0.0025)}
    Chunk.objects.create(
        run=run, attempt=1, sequence=1, first_step=1, n_steps=6,
        columns=pack(columns, dict.fromkeys(EPOCHS, ())),
    )  # fmt: skip
    _, rates = plan(run)
    assert rates == pytest.approx([0.0025] * (run.n_steps - 6))


def test_nothing_is_planned_for_a_run_that_has_ended_or_not_begun():
    trainer = go(a_trainer(), 6)
    assert plan(row_of(trainer, state="stopped")) == ([], [])
    assert plan(a_run()) == ([], [])

"""Trials that end early, and with their best weights, beside others that train on."""

import numpy as np
import pytest

from engine import EpochMetrics, Trainer
from engine.early_stopping import Patience
from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import read, swept
from webapp.datasets.preparation import prepare

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

RATES = {"dimensions": {"learning_rate": {"kind": "options", "options": [0.003, 0.1, 1.0, 3.0]}}}


def noise(n: int = 80) -> str:
    """Points whose labels are chance: dev costs go up and down."""
    rng = np.random.default_rng(1)
    rows = [f"{a:.3f},{b:.3f},{rng.choice(['left', 'right'])}" for a, b in rng.normal(size=(n, 2))]
    return "a,b,side\n" + "\n".join(rows)


def alone(trial) -> tuple[list[EpochMetrics], int]:
    """The epochs of a trial that trains by itself, and the place of its best one by dev cost."""
    spec = trial.run.configuration
    trainer = Trainer(spec, prepare(trial.sweep.version, spec))
    epochs = [event for event in trainer if type(event) is EpochMetrics]
    return epochs, int(np.argmin([each.dev_cost.item(0) for each in epochs]))


@pytest.mark.parametrize("objective", ["dev_error", "dev_cost"])
@pytest.mark.parametrize("restore_best", [True, False])
def test_those_that_stop_early_leave_the_others_as_they_were(settings, restore_best, objective):
    settings.HONE_SLOTS = 1
    rule = Patience(patience=3, restore_best=restore_best)
    spec = a_spec(batch_size=8, epochs=12, optimizer="gradient_descent", early_stopping=rule)
    sweep = swept(read(noise()), spec, space=RATES, trials=8, objective=objective)
    trials = list(sweep.trials.select_related("run", "sweep"))
    assert len({trial.epoch for trial in trials}) > 1
    for trial in {trial.values["learning_rate"]: trial for trial in trials}.values():
        epochs, best = alone(trial)
        assert (trial.state, trial.epoch) == ("finished", len(epochs))
        last = epochs[best if restore_best else -1]
        assert trial.score == pytest.approx(getattr(last, objective).item(0), rel=1e-3, abs=1e-6)
        assert trial.run.dev_error == pytest.approx(epochs[-1].dev_error.item(0), abs=1e-6)

"""Early stopping: when it ends a run, and with which weights."""

import numpy as np
import pytest

from engine import BestRestored, EarlyStopped, EpochMetrics, Finished, Trainer
from tests.engine.examples import small_data, small_spec

RULE = {"kind": "patience", "patience": 3}


def _run(**fields):
    defaults = {"epochs": 60, "learning_rate": 0.05, "early_stopping": RULE}
    trainer = Trainer(small_spec(**(defaults | fields)), small_data())
    return trainer, list(trainer)


def _dev_costs(events) -> list[float]:
    return [event.dev_cost[0] for event in events if isinstance(event, EpochMetrics)]


def test_a_run_ends_after_patience_and_takes_the_best_weights():
    trainer, events = _run()
    costs = _dev_costs(events)
    best = int(np.argmin(costs)) + 1
    assert len(costs) == best + 3 < 60
    stopped, restored, finished = events[-3:]
    assert isinstance(stopped, EarlyStopped)
    assert isinstance(restored, BestRestored)
    assert isinstance(finished, Finished)
    assert restored.best_epoch[0] == stopped.best_epoch[0] == best
    assert restored.best[0] == min(costs)
    cost, _ = trainer.network.evaluate(trainer.data.x_dev, trainer.data.y_dev)
    assert cost[0] == min(costs)


def test_without_restoring_the_last_weights_stay():
    trainer, events = _run(early_stopping=RULE | {"restore_best": False})
    assert [type(event) for event in events[-2:]] == [EarlyStopped, Finished]
    cost, _ = trainer.network.evaluate(trainer.data.x_dev, trainer.data.y_dev)
    assert cost[0] == _dev_costs(events)[-1]


def test_a_run_that_is_over_first_takes_the_best_weights_too():
    layers = [{"units": 5, "batch_norm": True}]
    trainer, events = _run(epochs=6, early_stopping=RULE | {"patience": 50}, layers=layers)
    assert isinstance(events[-2], BestRestored)
    assert not any(isinstance(event, EarlyStopped) for event in events)
    cost, _ = trainer.network.evaluate(trainer.data.x_dev, trainer.data.y_dev)
    assert cost[0] == min(_dev_costs(events))


def test_gains_below_the_smallest_do_not_count():
    _, events = _run(early_stopping=RULE | {"min_delta": 100.0})
    assert len(_dev_costs(events)) == 4
    assert events[-2].best_epoch[0] == 1


@pytest.mark.parametrize("restore_best", [True, False])
def test_members_stop_and_keep_their_weights_as_they_would_alone(restore_best):
    rule = RULE | {"restore_best": restore_best, "metric": "dev_error"}
    base = small_spec(epochs=40, early_stopping=rule, precision="float64")
    specs = [base.model_copy(update={"learning_rate": rate}) for rate in (0.2, 0.003, 0.03)]
    together = Trainer(specs, small_data())
    epochs = sum(isinstance(event, EpochMetrics) for event in together)
    lengths = []
    for k, spec in enumerate(specs):
        alone = Trainer(spec, small_data())
        lengths.append(sum(isinstance(event, EpochMetrics) for event in alone))
        np.testing.assert_allclose(together.network.theta[k], alone.network.theta[0], rtol=1e-6, atol=1e-10)
    assert epochs == max(lengths)
    assert len(set(lengths)) > 1

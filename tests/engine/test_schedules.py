"""Schedules against their formulas, and at work in training."""

from typing import Any

import numpy as np
import pytest

from engine import EpochMetrics, StepMetrics, Trainer, planned
from engine.schedules import Plateaus, ReduceOnPlateau
from tests.engine.examples import small_data, small_spec


def _rates(epochs: int = 10, steps: int = 4, **schedule: Any) -> np.ndarray:
    """Rates of a run of ``epochs`` epochs of ``steps`` steps from a learning rate of 0.2: (epochs, steps)."""
    spec = small_spec(learning_rate=0.2, epochs=epochs, schedule=schedule)
    return planned(spec, epochs * steps).reshape(epochs, steps)


EPOCH = np.arange(10)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"kind": "constant"}, np.full(10, 0.2)),
        ({"kind": "inverse_decay", "decay": 1}, 0.2 / (1 + EPOCH)),
        ({"kind": "inverse_decay", "decay": 0.3, "interval": 4}, 0.2 / (1 + 0.3 * (EPOCH // 4))),
        ({"kind": "exponential", "rate": 0.95}, 0.2 * 0.95**EPOCH),
        ({"kind": "staircase", "factor": 0.1, "interval": 3}, 0.2 * 0.1 ** (EPOCH // 3)),
        ({"kind": "inverse_root", "k": 0.8}, 0.2 * 0.8 / np.sqrt(EPOCH + 1)),
        (
            {"kind": "piecewise", "from_epochs": [2, 7], "factors": [0.5, 3]},
            [0.2] * 2 + [0.1] * 5 + [0.6] * 3,
        ),
        ({"kind": "reduce_on_plateau"}, np.full(10, 0.2)),
    ],
)
def test_rates_by_the_epoch_follow_their_formula(schedule, expected):
    np.testing.assert_allclose(_rates(**schedule), np.repeat(np.array(expected)[:, None], 4, axis=1))


def test_cosine_glides_from_the_rate_to_its_minimum():
    rates = _rates(kind="cosine", minimum=0.1).ravel()
    t = np.arange(40)
    np.testing.assert_allclose(rates, 0.2 * (0.1 + 0.9 * (1 + np.cos(np.pi * t / 40)) / 2))


@pytest.mark.parametrize(("growth", "starts"), [(1, [0, 2, 4, 6, 8]), (2, [0, 2, 6])])
def test_cosine_restarts_after_each_cycle(growth, starts):
    rates = _rates(kind="cosine", cycle_epochs=2, growth=growth)
    assert [epoch for epoch in range(10) if rates[epoch, 0] == pytest.approx(0.2)] == starts
    assert rates[1, 3] == pytest.approx(0.2 * (1 + np.cos(np.pi * 7 / 8)) / 2)


def test_one_cycle_rises_to_the_rate_and_falls_far_below_its_start():
    rates = _rates(kind="one_cycle", start_divisor=10, end_divisor=100).ravel()
    assert rates[0] == pytest.approx(0.02)
    assert rates[11] == rates.max() == pytest.approx(0.2)
    assert rates[-1] == pytest.approx(0.0002)
    assert (np.diff(rates[:12]) > 0).all()
    assert (np.diff(rates[11:]) < 0).all()


def test_warm_up_is_linear_and_the_schedule_starts_after_it():
    rates = _rates(kind="exponential", rate=0.5, warmup_epochs=2)
    np.testing.assert_allclose(rates[:2].ravel(), 0.2 * np.arange(1, 9) / 8)
    np.testing.assert_allclose(rates[2:, 0], 0.2 * 0.5 ** np.arange(8))


def test_a_plateau_cuts_the_rate_when_patience_is_used_up():
    schedule = ReduceOnPlateau(factor=0.1, patience=1, threshold=0.01, minimum=0.05)
    specs = [small_spec(schedule=schedule), small_spec()]
    plateaus = Plateaus(specs)
    seen = []
    for cost in (1.0, 0.5, 0.499, 0.6, 0.5, 0.45, np.nan, np.nan, 0.4, 0.4, 0.4, 0.4):
        metrics = EpochMetrics(1, 1, *[np.array([cost, cost])] * 4)
        plateaus.observe(specs, metrics)
        seen.append(plateaus.scale[0])
    assert seen == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05])
    assert plateaus.scale[1] == 1


def test_training_steps_by_the_rates_of_the_schedule():
    schedule = {"kind": "exponential", "rate": 0.5}
    trainer = Trainer(small_spec(optimizer="gradient_descent", schedule=schedule, epochs=3), small_data())
    rates = []
    for event in trainer:
        if isinstance(event, StepMetrics):
            rates.append(trainer.descent.factors[0].item())
    assert rates == pytest.approx([0.001] * 3 + [0.0005] * 3 + [0.00025] * 3)
    assert trainer.learning_rates == pytest.approx([0.000125])


def test_a_plateau_in_training_slows_the_steps_down():
    schedule = {"kind": "reduce_on_plateau", "patience": 0, "threshold": 0.99, "metric": "train_cost"}
    trainer = Trainer(small_spec(schedule=schedule, epochs=3), small_data())
    list(trainer)
    assert trainer.learning_rates == pytest.approx([0.00025])


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"from_epochs": [1, 2], "factors": [0.5]}, "2 epochs, but 1 factors"),
        ({"from_epochs": [5, 5], "factors": [0.5, 0.1]}, "must rise"),
    ],
)
def test_pieces_that_do_not_fit_together_are_refused(schedule, words):
    with pytest.raises(ValueError, match=words):
        small_spec(schedule={"kind": "piecewise", **schedule})

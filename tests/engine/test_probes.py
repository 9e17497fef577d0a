"""Probes: the learning-rate range test, and learning one batch by heart."""

import numpy as np
import pytest

from engine import Data, Spec, Trainer, overfit_batch, range_test, suggest
from tests.engine.examples import HEADS, circles, small_data, small_spec


def _circles() -> Data:
    x, y = circles(200, noise=0.05)
    x = (2 * x).astype(np.float32)
    return Data(x[:160], y[:160], x[160:], y[160:], 2)


def _spec(**fields) -> Spec:
    return small_spec(layers=[{"units": 16}, {"units": 8}], batch_size=16, **fields)


def test_the_rates_of_a_range_test_rise_by_the_same_factor_and_are_those_of_the_steps():
    spec = _spec(optimizer="gradient_descent", precision="float64")
    points = list(range_test(spec, _circles(), low=1e-3, high=1e-1, steps=41))
    assert [point.step for point in points] == list(range(1, 42))
    rates = [point.learning_rate for point in points]
    np.testing.assert_allclose(rates, 1e-3 * 10 ** (np.arange(41) / 20))
    by_hand = Trainer(spec, _circles())
    order = by_hand.shuffling.permutation(160)[:48].reshape(3, 16)
    for rows, point in zip(order, points, strict=False):
        x, y = by_hand.data.x_train[rows], by_hand.data.y_train[rows]
        assert point.cost == pytest.approx(by_hand.network.backward(x, y)[0])
        for name, gradient in by_hand.network.gradients().items():
            by_hand.network.parameters()[name][...] -= point.learning_rate * gradient


def test_the_smoothed_cost_is_the_corrected_average():
    points = list(range_test(_spec(), _circles(), high=1e-2, steps=30, beta=0.8))
    weights = [0.8 ** (29 - t) for t in range(30)]
    expected = np.average([point.cost for point in points], weights=weights)
    assert points[-1].smoothed == pytest.approx(expected)
    assert points[0].smoothed == pytest.approx(points[0].cost)


def test_a_range_test_ends_when_the_cost_explodes():
    for optimizer in ("gradient_descent", "adam"):
        points = list(range_test(_spec(optimizer=optimizer), _circles(), high=1e4, steps=200))
        smoothed = np.array([point.smoothed for point in points])
        assert len(points) < 200
        assert not smoothed[-1] <= 4 * np.nanmin(smoothed)
        assert (smoothed[:-1] <= 4 * np.minimum.accumulate(smoothed[:-1])).all()


def test_a_range_test_does_not_depend_on_the_schedule_the_rate_or_early_stopping():
    plain = list(range_test(_spec(), _circles(), steps=25))
    other = _spec(
        schedule={"kind": "one_cycle", "warmup_epochs": 3},
        learning_rate=0.7,
        epochs=1,
        early_stopping={"kind": "patience", "patience": 1, "min_delta": 100},
    )
    assert list(range_test(other, _circles(), steps=25)) == plain


def test_few_examples_are_gone_through_as_often_as_needed():
    spec = small_spec(full_batch=True, augmentations=[], layers=[{"units": 4, "batch_norm": True}])
    assert len(list(range_test(spec, small_data(m=5), high=1e-3, steps=50))) == 50


def test_a_range_test_begins_with_the_parameters_given():
    trainer = Trainer(_spec(), _circles())
    list(trainer)
    before = trainer.network.fingerprint()
    first = next(range_test(_spec(), _circles(), initial=trainer.network.parameters()))
    assert first.cost < next(range_test(_spec(), _circles())).cost
    assert trainer.network.fingerprint() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"low": 0.0}, "from 0 to 10"),
        ({"low": 1.0, "high": 0.1}, "the smaller one first"),
        ({"high": float("inf")}, "from 1e-06 to inf"),
        ({"steps": 1}, "steps is 1"),
    ],
)
def test_a_range_that_is_none_is_refused_at_once(arguments, words):
    with pytest.raises(ValueError, match=words):
        range_test(_spec(), _circles(), **arguments)


def test_the_suggestion_is_where_the_cost_falls_fastest_or_a_tenth_of_the_minimum():
    rates = np.logspace(-5, 1, 121)
    fall = 1 / (1 + np.exp(8 * (np.log10(rates) + 2)))  # steepest at 0.01
    explosion = np.where(rates > 1, 10 * np.log10(np.maximum(rates, 1)), 0)
    found = suggest(rates, 2 + fall + explosion)
    assert found.steepest == pytest.approx(0.01)
    assert found.tenth_of_minimum == pytest.approx(0.1, rel=0.2)
    assert found.learning_rate == found.steepest
    assert found.reason.startswith("The smoothed cost falls fastest at 0.01 and is lowest at")
    assert found.reason.endswith("the smaller, 0.01, is the safer.")
    early = suggest(rates, np.where(rates > 0.03, 5, 2 + fall))
    assert early.learning_rate == early.tenth_of_minimum < early.steepest
    assert f"the smaller, {early.tenth_of_minimum:.2g}, is the safer" in early.reason
    assert "test higher ones" in suggest(rates[:80], (2 + fall)[:80]).reason


def test_there_is_no_suggestion_without_a_fall_or_with_few_steps():
    rates = np.logspace(-5, 1, 50)
    never = suggest(rates, np.linspace(1, 2, 50))
    assert never.learning_rate is None
    assert "never fell" in never.reason
    assert "Only 5 steps" in suggest(rates[:5], np.ones(5)).reason
    assert suggest(rates, np.full(50, np.nan)).learning_rate is None


def test_a_suggested_rate_trains():
    points = list(range_test(_spec(), _circles(), steps=200))
    found = suggest([p.learning_rate for p in points], [p.smoothed for p in points])
    assert 1e-4 < found.learning_rate < 0.3
    trainer = Trainer(_spec(learning_rate=found.learning_rate, epochs=60), _circles())
    list(trainer)
    _, error = trainer.network.evaluate(trainer.data.x_dev, trainer.data.y_dev)
    assert error[0] < 0.2


# --- one batch by heart


@pytest.mark.parametrize("head", HEADS)
def test_a_sound_network_learns_a_batch_by_heart_whatever_regularises_it(head):
    layers = [{"units": 40, "keep_prob": 0.5, "batch_norm": True}, {"units": 30}]
    spec = small_spec(
        layers=layers, head=head, l2=50.0, l1=3.0, max_norm=0.1, input_keep_prob=0.6, learning_rate=0.02,
        optimizer={"kind": "adamw", "weight_decay": 9}, early_stopping="patience",
    )  # fmt: skip
    found = overfit_batch(spec, small_data(head, m=60), examples=16, steps=200)
    assert found.fits
    assert found.costs.shape == (201,)
    assert found.costs[-1] < 0.05 * found.costs[0]
    assert found.verdict.startswith("Learnt by heart: 16 examples in 200 steps")


def test_too_small_a_network_does_not_and_is_told_so():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((64, 3)).astype(np.float32), rng.integers(0, 4, 64)
    spec = small_spec(layers=[{"units": 1, "activation": "tanh"}], learning_rate=0.01)
    found = overfit_batch(spec, Data(x, y, x, y, 4), examples=64, steps=600)
    assert not found.fits
    assert found.error > 0.1
    assert "add units or layers" in found.verdict


def test_examples_that_contradict_each_other_are_found():
    x = np.repeat(np.eye(4, dtype=np.float32), 4, axis=0)
    data = Data(x, np.arange(16) % 2, x, np.arange(16) % 2, 2)
    found = overfit_batch(_spec(learning_rate=0.01), data, examples=16)
    assert found.error == 0.5
    assert "8 examples have the inputs of others" in found.verdict


def test_too_few_steps_and_too_large_rates_are_told_apart():
    slow = overfit_batch(_spec(learning_rate=0.002), _circles(), steps=40)
    assert "still falling" in slow.verdict
    spec = _spec(head="squared_error", optimizer="gradient_descent", learning_rate=10)
    wild = overfit_batch(spec, small_data("squared_error"), steps=50)
    assert not wild.fits
    assert "no longer a number" in wild.verdict


@pytest.mark.parametrize("arguments", [{"examples": 0}, {"steps": 0}])
def test_nothing_to_learn_is_refused(arguments):
    with pytest.raises(ValueError, match="at least one of each"):
        overfit_batch(_spec(), _circles(), **arguments)


def test_the_batch_is_drawn_by_the_seed_and_at_most_the_whole_part():
    one, same, other = (
        overfit_batch(_spec(seed=seed), _circles(), examples=999, steps=2).costs for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()

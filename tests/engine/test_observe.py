"""Observing: a step looked into on demand, which moves the network as if nobody had looked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import EpochMetrics, LayerStatistics, StepMetrics, Trainer
from tests.engine.examples import small_data, small_spec

DROPOUT = [{"units": 6, "batch_norm": True, "keep_prob": 0.7}, {"units": 5}]


def _steps_observed(trainer: Trainer, ask_before: set[int]) -> list[int]:
    """Runs to the end, asking before each of these steps; the steps that were looked into."""
    if 1 in ask_before:
        trainer.observe()
    seen = []
    for event in trainer:
        if isinstance(event, LayerStatistics):
            seen.append(event.step)
        if isinstance(event, StepMetrics) and event.step + 1 in ask_before:
            trainer.observe()
    return seen


@settings(max_examples=25, deadline=None)
@given(
    asked=st.sets(st.integers(1, 42)),
    batch_size=st.sampled_from([1, 2, 4, 8]),
    k=st.sampled_from([1, 2]),
    precision=st.sampled_from(["float32", "float64"]),
)
def test_observing_any_steps_leaves_the_weights_as_they_would_be(asked, batch_size, k, precision):
    base = small_spec(batch_size=batch_size, layers=DROPOUT, precision=precision, schedule="cosine")
    specs = [base.model_copy(update={"seed": seed}) for seed in range(k)]
    plain, watched = Trainer(specs, small_data()), Trainer(specs, small_data())
    list(plain)
    assert _steps_observed(watched, asked) == sorted(step for step in asked if step <= plain.step)
    assert watched.network.theta.tobytes() == plain.network.theta.tobytes()
    assert watched.network.statistics.kept.tobytes() == plain.network.statistics.kept.tobytes()


def test_the_statistics_follow_the_metrics_of_their_step_once_however_often_asked():
    trainer = Trainer(small_spec(), small_data())
    trainer.observe()
    trainer.observe()
    kinds = [type(event).__name__ for event in trainer]
    assert kinds[:4] == ["Started", "StepMetrics", "LayerStatistics", "StepMetrics"]
    assert kinds.count("LayerStatistics") == 1


def test_asked_after_the_last_step_of_an_epoch_the_next_epochs_first_is_looked_into():
    trainer = Trainer(small_spec(), small_data())
    assert _steps_observed(trainer, {4}) == [4]


def test_a_step_asked_for_that_is_due_anyway_is_looked_into_once():
    trainer = Trainer(small_spec(), small_data(), statistics_every=2)
    assert _steps_observed(trainer, {2, 3}) == [2, 3, 4, 6]


def test_a_run_that_is_over_has_nothing_to_look_into():
    trainer = Trainer(small_spec(epochs=1), small_data())
    for event in trainer:
        if isinstance(event, EpochMetrics):
            trainer.observe()
        assert not isinstance(event, LayerStatistics)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_fingerprint_is_that_of_the_weights_and_of_the_kept_statistics(precision):
    one, other = (Trainer(small_spec(layers=DROPOUT, precision=precision), small_data()) for _ in range(2))
    first = one.network.fingerprint()
    assert len(first) == 64
    assert first == other.network.fingerprint()
    for array in (one.network.theta, one.network.statistics.kept):
        kept = array.copy()
        array.reshape(-1)[-1] = np.nextafter(array.reshape(-1)[-1], array.dtype.type(9))
        assert one.network.fingerprint() != first
        array[...] = kept
        assert one.network.fingerprint() == first


def test_fingerprints_tell_types_and_shapes_apart():
    zeros = {"layers.0.weights": 0, "layers.1.weights": 0, "output.weights": 0}
    found = set()
    for precision, units in (("float32", 4), ("float64", 4), ("float32", 8)):
        layers = [{"units": units}, {"units": 4}]
        network = Trainer(small_spec(layers=layers, precision=precision), small_data()).network
        network.load({name: np.zeros(network.parameters()[name].shape) for name in zeros})
        found.add(network.fingerprint())
    assert len(found) == 3


def test_a_fingerprint_does_not_depend_on_who_has_left_the_cohort():
    specs = [small_spec(layers=DROPOUT, seed=seed) for seed in (0, 1)]
    trainer, alone = Trainer(specs, small_data()), Trainer(specs[0], small_data())
    trainer.drop(1)
    assert trainer.network.fingerprint() == alone.network.fingerprint()

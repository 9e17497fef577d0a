"""Steering: batch sizes, augmentations, early stopping and epochs changed on the way, and past the end."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    BestRestored,
    Changed,
    Data,
    EarlyStopped,
    EpochMetrics,
    Finished,
    StepMetrics,
    Trainer,
    checkpoint,
    planned_at,
    timeline_of,
)
from tests.engine.examples import small_data, small_spec

M = 21


def _images() -> Data:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((M + 10, 16)).astype(np.float32)
    y = rng.integers(0, 3, M + 10)
    return Data(x[:M], y[:M], x[M:], y[M:], 3, image_shape=(4, 4, 1))


def _after(trainer: Trainer, step: int) -> Trainer:
    while trainer.step < step:
        next(iter(trainer))
    return trainer


def _metrics(trainer: Trainer) -> list[StepMetrics]:
    return [event for event in trainer if isinstance(event, StepMetrics)]


# --- batches

sizes = st.integers(1, M)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 9), st.lists(sizes, min_size=1, max_size=2), max_size=3), sizes)
def test_a_new_batch_size_takes_up_the_epoch_where_it_is_and_misses_no_example(changes, first):
    data, spec = small_data(), small_spec(precision="float64", batch_size=first, epochs=3)
    orders = {epoch: np.random.default_rng(epoch).permutation(M) for epoch in (1, 2, 3)}
    trainer = Trainer(spec, data, order=orders.__getitem__)
    by_hand, size, expected, costs = Trainer(spec, data), first, [], []
    for epoch in (1, 2, 3):
        position = 0
        while position < M:
            for size in changes.get(len(expected), []):  # noqa: B007 (the last one counts)
                pass
            rows = orders[epoch][position : position + size]
            expected.append(by_hand.step_on(data.x_train[rows], data.y_train[rows])[0])
            position += len(rows)
    for size in changes.get(0, []):
        trainer.change({"batch_size": size})
    for event in trainer:
        if isinstance(event, StepMetrics):
            costs.append(event.cost[0])
            for size in changes.get(event.step, []):
                trainer.change({"batch_size": size})
    np.testing.assert_allclose(costs, expected, rtol=1e-7)


def test_the_full_batch_can_be_chosen_within_an_epoch_and_left_again():
    trainer = _after(Trainer(small_spec(epochs=3), small_data()), 1)
    trainer.change({"full_batch": True})
    steps = [(event.step, event.epoch) for event in _metrics(_after(trainer, 3)) if event.step < 4]
    assert steps == []
    assert (trainer.step, trainer.epoch) == (4, 3)
    trainer = _after(Trainer(small_spec(epochs=3), small_data()), 1)
    trainer.change({"full_batch": True})
    _after(trainer, 3)
    assert (trainer.epoch, trainer.position) == (2, M)
    trainer.change({"full_batch": False, "batch_size": 7})
    assert [event.epoch for event in _metrics(trainer)] == [3, 3, 3]


@pytest.mark.parametrize("step", [0, 2, 3, 4])
def test_a_change_back_before_the_next_step_leaves_no_trace(step):
    spec = small_spec(batch_size=8, schedule="cosine", layers=[{"units": 5, "keep_prob": 0.8}], epochs=3)
    plain, touched = Trainer(spec, small_data()), _after(Trainer(spec, small_data()), step)
    list(plain)
    touched.change({"batch_size": 4})
    touched.change({"batch_size": 2, "learning_rate": 0.5})
    touched.change({"batch_size": 8, "learning_rate": 0.001})
    list(touched)
    assert touched.network.fingerprint() == plain.network.fingerprint()
    assert touched.history == plain.history


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 8), st.tuples(sizes, st.integers(0, 3)), max_size=3))
def test_the_planned_number_of_steps_is_the_number_there_will_be(changes):
    trainer = Trainer(small_spec(epochs=2), small_data())
    assert trainer.n_steps == 6
    planned = 6
    for event in trainer:
        if isinstance(event, StepMetrics | EpochMetrics):
            assert trainer.n_steps == planned
        if isinstance(event, StepMetrics) and event.step in changes:
            size, more = changes[event.step]
            trainer.change({"batch_size": size, "epochs": trainer.epoch + more})
            planned = trainer.n_steps
    assert trainer.step == planned == trainer.n_steps
    assert trainer.completed_epochs == trainer.spec.epochs


# --- schedules


def _rates_used(trainer: Trainer) -> dict[int, float]:
    """By step, for gradient descent."""
    return {
        event.step: float(trainer.descent.factors[0].item())
        for event in trainer
        if type(event) is StepMetrics
    }


SCHEDULES = [
    "cosine",
    "one_cycle",
    {"kind": "exponential", "rate": 0.5, "warmup_epochs": 1},
    {"kind": "piecewise", "from_epochs": [1.5, 3], "factors": [0.5, 0.2]},
    {"kind": "cosine", "cycle_epochs": 2},
    "inverse_root",
]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sizes", [(8, 4), (4, 8), (8, 21), (2, 1), (21, 3)])
@pytest.mark.parametrize("step", [2, 3, 4])
def test_the_rates_planned_after_a_change_are_those_used_and_can_be_drawn_without_the_data(
    schedule, sizes, step
):
    spec = small_spec(batch_size=sizes[0], schedule=schedule, epochs=4, precision="float64")
    trainer = Trainer(
        spec.model_copy(update={"optimizer": small_spec(optimizer="gradient_descent").optimizer}),
        small_data(),
    )
    _after(trainer, step)
    trainer.change({"batch_size": sizes[1]})
    coming = np.arange(step + 1, trainer.n_steps + 1)
    planned = trainer.planned_learning_rates(coming)
    assert planned.shape == (1, len(coming))
    drawn = planned_at(trainer.spec, timeline_of(trainer.history, M, 4), coming)
    used = _rates_used(trainer)
    assert list(used) == list(coming)
    np.testing.assert_allclose(list(used.values()), planned[0], rtol=1e-12)
    np.testing.assert_array_equal(drawn, planned[0])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_goes_on_from_the_epoch_it_is_in_and_ends_with_the_run(schedule):
    spec = small_spec(batch_size=3, schedule=schedule, epochs=6)
    trainer = _after(Trainer(spec, small_data()), 25)
    before = trainer.planned_learning_rates(np.arange(1, 43))[0]
    trainer.change({"batch_size": 1})
    after = trainer.planned_learning_rates(np.arange(1, trainer.n_steps + 1))[0]
    assert trainer.n_steps == 25 + (M - 12) + 2 * M
    # At the beginning of each epoch, and over what was already done, it is where it would have been.
    np.testing.assert_allclose(after[25 + 9 :: M], before[28::7], rtol=0.15, atol=2e-5)
    np.testing.assert_allclose(after[7:25], before[7:25], rtol=0.1, atol=2e-5)
    assert after[25] == pytest.approx(before[25], rel=0.1)
    assert after[-1] == pytest.approx(before[-1], abs=5e-5)


def test_rates_by_the_epoch_keep_to_their_epochs_exactly():
    spec = small_spec(batch_size=8, schedule={"kind": "exponential", "rate": 0.5}, epochs=5)
    trainer = Trainer(spec, small_data())
    for step, size in ((2, 5), (3, 2), (12, 21), (13, 8)):
        _after(trainer, step).change({"batch_size": size})
    epochs = np.array([event.epoch for event in _metrics(trainer)])
    planned = trainer.planned_learning_rates(np.arange(14, trainer.step + 1))[0]
    np.testing.assert_allclose(planned, 0.001 * 0.5 ** (epochs - 1.0)[-len(planned) :])
    whole = trainer.planned_learning_rates(np.arange(1, trainer.step + 1))[0]
    assert set(np.round(np.log2(whole / 0.001)).astype(int)) == {0, -1, -2, -3, -4}
    assert all(a >= b for a, b in pairwise(whole))


def test_adams_correction_counts_steps_whatever_the_batch_size():
    trainer = _after(Trainer(small_spec(precision="float64"), small_data()), 4)
    trainer.change({"batch_size": 2})
    _after(trainer, 5)
    _, _, step, _ = trainer.descent.factors.ravel()
    assert step == pytest.approx(0.001 * 0.1 / (1 - 0.9**5) / np.sqrt(0.001 / (1 - 0.999**5)))


@pytest.mark.parametrize("steps", [3, [[1, 2]], [0], [1, -1]])
def test_steps_that_are_none_have_no_rate(steps):
    with pytest.raises(ValueError, match="give a row of step numbers, from 1 on"):
        Trainer(small_spec(), small_data()).planned_learning_rates(steps)


# --- augmentations


def test_augmentations_can_be_put_on_and_taken_off():
    spec = small_spec(batch_size=4, epochs=3, learning_rate=1e-9, shuffle=False)
    trainer = Trainer(spec, _images())
    costs: dict[int, list[float]] = {}
    for event in trainer:
        if isinstance(event, StepMetrics):
            costs.setdefault(event.epoch, []).append(event.cost[0])
        if isinstance(event, EpochMetrics) and event.epoch == 1:
            trainer.change({"augmentations": ["noise", {"kind": "flip"}]})
        if isinstance(event, EpochMetrics) and event.epoch == 2:
            trainer.change({"augmentations": []})
    np.testing.assert_allclose(costs[1], costs[3], rtol=1e-5)
    assert (np.abs(np.subtract(costs[1], costs[2])) > 1e-5).all()


def test_what_does_not_fit_in_memory_is_refused_on_the_way_too():
    data = small_data(m=20_000)
    trainer = Trainer(small_spec(batch_size=8), data, memory_limit=4 * 2**20)
    with pytest.raises(ValueError, match="memory_limit is 4 MiB"):
        trainer.change({"full_batch": True})
    assert trainer.spec == small_spec(batch_size=8)


# --- early stopping

RULE = {"kind": "patience", "patience": 2, "min_delta": 100.0}


def _stopping(**rule) -> Trainer:
    return Trainer(small_spec(epochs=9, learning_rate=0.05, early_stopping=RULE | rule), small_data())


def _until(trainer: Trainer, kind: type) -> Trainer:
    for event in trainer:
        if isinstance(event, kind):
            return trainer
    raise AssertionError(f"there was no {kind.__name__}")


def _epochs(trainer: Trainer) -> int:
    return sum(isinstance(event, EpochMetrics) for event in trainer)


def test_early_stopping_can_be_taken_up_on_the_way():
    trainer = _after(Trainer(small_spec(epochs=9), small_data()), 4)
    trainer.change({"early_stopping": RULE})
    events = list(trainer)
    assert [type(event) for event in events[-3:]] == [EarlyStopped, BestRestored, Finished]
    assert trainer.epoch == 4
    assert events[-2].best_epoch[0] == 2


def test_early_stopping_can_be_given_up_on_the_way():
    trainer = _until(_stopping(), EpochMetrics)
    trainer.change({"early_stopping": "none"})
    events = list(trainer)
    assert [type(event) for event in events[-2:]] == [EpochMetrics, Finished]
    assert trainer.epoch == 9


def test_patience_is_longer_or_shorter_from_now_on_and_what_was_waited_counts():
    trainer = _until(_until(_stopping(), EpochMetrics), EpochMetrics)
    trainer.change({"early_stopping.patience": 4})
    assert _epochs(trainer) == 3
    trainer = _until(_until(_stopping(patience=5), EpochMetrics), EpochMetrics)
    trainer.change({"early_stopping.patience": 1})
    assert _epochs(trainer) == 1


def test_another_metric_starts_anew():
    trainer = _until(_until(_stopping(), EpochMetrics), EpochMetrics)
    trainer.change({"early_stopping.metric": "dev_error"})
    assert _epochs(trainer) == 3
    assert trainer.watch.best_epoch[0] == 3


def test_best_weights_are_kept_from_when_they_are_asked_for():
    trainer = _until(_until(_stopping(restore_best=False), EpochMetrics), EpochMetrics)
    trainer.change({"early_stopping.restore_best": True})
    events = list(trainer)
    assert events[-2].best_epoch[0] == 3
    trainer = _until(_stopping(), EpochMetrics)
    trainer.change({"early_stopping.restore_best": False})
    assert [type(event) for event in list(trainer)[-2:]] == [EarlyStopped, Finished]
    assert trainer.epoch == 3


def test_a_smallest_gain_changed_keeps_the_best_so_far():
    trainer = _until(_stopping(), EpochMetrics)
    best = trainer.watch.best.copy()
    trainer.change({"early_stopping.min_delta": 0.0})
    assert (trainer.watch.best == best).all()
    assert trainer.watch.theta.any()


# --- past the end


@pytest.mark.parametrize("kind", [EpochMetrics, Finished])
def test_more_epochs_let_a_run_go_on_past_its_end(kind):
    longer, plain = Trainer(small_spec(epochs=2), small_data()), Trainer(small_spec(epochs=4), small_data())
    list(plain)
    for event in longer:
        if isinstance(event, kind) and event.step == 6:
            assert longer.is_over
            longer.change({"epochs": 4})
    assert longer.completed_epochs == 4
    assert longer.network.fingerprint() == plain.network.fingerprint()


def test_a_run_that_has_ended_goes_on_when_iterated_again():
    longer, plain = Trainer(small_spec(epochs=2), small_data()), Trainer(small_spec(epochs=4), small_data())
    list(plain)
    list(longer)
    longer.change({"epochs": 4})
    kinds = [type(event) for event in longer]
    assert kinds[:2] == [Changed, StepMetrics]
    assert kinds[-1] is Finished
    assert longer.network.fingerprint() == plain.network.fingerprint()


def test_a_run_that_is_over_tells_how_it_ended_again():
    trainer = _stopping()
    ending = list(trainer)[-3:]
    again = list(trainer)
    assert [type(event) for event in again] == [type(event) for event in ending]
    assert [event.step for event in again] == [9, 9, 9]
    trainer.change({"learning_rate": 0.1})
    assert [type(event) for event in trainer] == [Changed, *(type(event) for event in ending)]


@pytest.mark.parametrize(
    "values", [{"epochs": 12}, {"early_stopping.patience": 3}, {"early_stopping": "none"}]
)
@pytest.mark.parametrize("taken", [EpochMetrics, EarlyStopped, BestRestored, Finished])
@pytest.mark.parametrize("reloaded", [True, False])
def test_a_run_that_stopped_early_trains_on_with_its_patience_whole(values, taken, reloaded):
    trainer = _stopping()
    for event in trainer:
        if isinstance(event, taken) and event.epoch == 3:
            break
    stopped_at = trainer.network.fingerprint()
    if reloaded:
        trainer = checkpoint.from_bytes(checkpoint.to_bytes(trainer), small_data())
        assert trainer.network.fingerprint() == stopped_at
    assert trainer.is_over
    trainer.change(values)
    assert not trainer.is_over
    more = {12: 2, 3: 3}.get(next(iter(values.values())), 6)
    assert _epochs(trainer) == more
    assert trainer.completed_epochs == 3 + more


def test_what_was_changed_while_the_ending_is_told_is_told_too():
    trainer = _until(_stopping(), EarlyStopped)
    trainer.change({"learning_rate": 0.1})
    assert [type(event) for event in trainer] == [Changed, BestRestored, Finished]


def test_with_the_epoch_that_runs_as_the_last_the_run_ends_after_it():
    trainer = _after(Trainer(small_spec(epochs=9), small_data()), 4)
    trainer.change({"epochs": 2})
    kinds = [type(event) for event in trainer]
    assert kinds == [Changed, StepMetrics, StepMetrics, EpochMetrics, Finished]
    assert trainer.n_steps == trainer.step == 6


def test_an_epoch_that_has_begun_cannot_be_left_out():
    trainer = _after(Trainer(small_spec(epochs=9), small_data()), 4)
    with pytest.raises(ValueError, match="epochs is 1, but epoch 2 has begun: choose at least 2"):
        trainer.change({"epochs": 1})
    assert trainer.spec.epochs == 9


def test_epochs_completed_are_those_whose_metrics_were_told():
    trainer = Trainer(small_spec(epochs=3), small_data())
    told = 0
    for event in trainer:
        told += isinstance(event, EpochMetrics)
        assert trainer.completed_epochs == told


def test_an_epoch_whose_iteration_broke_is_taken_up_in_its_own_order():
    plain, broken = (Trainer(small_spec(epochs=3), small_data()) for _ in range(2))
    list(plain)
    _after(broken, 4)
    with pytest.raises(RuntimeError):
        broken._events.throw(RuntimeError())
    list(broken)
    assert broken.network.fingerprint() == plain.network.fingerprint()


# --- everything together

steps = st.tuples(st.just("steps"), st.integers(1, 9))
changes = st.tuples(
    st.just("change"),
    st.one_of(
        st.builds(lambda size: {"batch_size": size, "full_batch": False}, sizes),
        st.just({"full_batch": True}),
        st.builds(lambda rate: {"learning_rate": rate}, st.sampled_from([0.01, 0.05])),
        st.just({"layers.0.keep_prob": 0.5, "l2": 0.1}),
        st.sampled_from([{"augmentations": ["flip", "noise"]}, {"augmentations": []}]),
        st.sampled_from([{"schedule": "cosine"}, {"schedule": {"kind": "exponential", "warmup_epochs": 2}}]),
        st.builds(
            lambda patience, best, metric: {
                "early_stopping": {
                    "kind": "patience",
                    "patience": patience,
                    "restore_best": best,
                    "metric": metric,
                }
            },
            st.integers(1, 2),
            st.booleans(),
            st.sampled_from(["dev_cost", "dev_error"]),
        ),
        st.just({"early_stopping": "none"}),
        st.builds(lambda more: {"epochs": more}, st.integers(0, 2)),
    ),
)
others = st.sampled_from(
    [("reload", None), ("reload", None), ("reload", None), ("observe", None), ("end", None), ("drop", 1)]
)


def _do(trainer: Trainer, action: str, what) -> Trainer:
    if action == "steps":
        while what and not trainer.is_over:
            what -= isinstance(next(iter(trainer)), StepMetrics | EpochMetrics)
    elif action == "change":
        epochs = {"epochs": max(1, trainer.epoch) + what["epochs"]} if "epochs" in what else {}
        trainer.change(what | epochs)
    elif action == "drop" and trainer.network.k > 1:
        trainer.drop(trainer.members[what])
    elif action == "end" and trainer.is_over:
        list(trainer)
    return trainer


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(steps, changes, changes, others), min_size=3, max_size=14),
    st.sampled_from([1, 3]),
    st.sampled_from([2, 5, 8]),
    st.sampled_from(["reduce_on_plateau", "one_cycle"]),
)
def test_whatever_is_done_to_a_run_checkpoints_and_looks_change_nothing_in_it(
    actions, k, batch_size, schedule
):
    layers = [{"units": 5, "keep_prob": 0.8, "batch_norm": True}, {"units": 4}]
    base = small_spec(layers=layers, batch_size=batch_size, epochs=3, schedule=schedule, learning_rate=0.02)
    specs = [base.model_copy(update={"seed": seed}) for seed in range(k)]
    data = _images()
    plain, steered = Trainer(specs, data), Trainer(specs, data)
    for action, what in [*actions, ("steps", 20), ("end", None)]:
        plain = _do(plain, action, what)
        if action == "reload":
            steered = checkpoint.from_bytes(checkpoint.to_bytes(steered), data)
        elif action == "observe":
            steered.observe()
        else:
            steered = _do(steered, action, what)
        assert (steered.step, steered.completed_epochs, steered.position if steered.within else 0) == (
            plain.step,
            plain.completed_epochs,
            plain.position if plain.within else 0,
        )
        assert steered.network.fingerprint() == plain.network.fingerprint()
        assert steered.n_steps == plain.n_steps

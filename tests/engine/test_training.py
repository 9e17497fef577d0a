"""Training: the events, what they promise, and that networks learn."""

import tracemalloc

import numpy as np
import pytest

from engine import (
    Data,
    Diverged,
    EpochMetrics,
    Finished,
    LayerStatistics,
    Spec,
    Started,
    StepMetrics,
    Trainer,
    train,
)
from engine.statistics import layer_statistics
from tests.engine.examples import circles, prepared, small_data, small_spec


def _last_epoch(spec, data) -> EpochMetrics:
    return [event for event in train(spec, data) if isinstance(event, EpochMetrics)][-1]


def test_events_come_in_order_and_count_from_one():
    events = list(train(small_spec(), small_data()))
    kinds = [type(event) for event in events]
    epoch = [StepMetrics] * 3 + [EpochMetrics]
    assert kinds == [Started, *epoch, *epoch, Finished]
    started = events[0]
    assert started[:3] == (20 + 24 + 15, 3, 21)
    assert started.n_threads >= 1
    steps = [event for event in events if isinstance(event, StepMetrics)]
    assert [(event.step, event.epoch) for event in steps] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]
    assert events[-1] == Finished(step=6, epoch=2)


def test_a_cost_once_handed_out_is_never_written_again():
    kept = [(event.cost, event.cost.copy()) for event in train(small_spec(), small_data()) if len(event) == 3]
    assert len(kept) == 6
    assert all(np.array_equal(cost, copy) for cost, copy in kept)


def test_training_left_and_taken_up_again_equals_training_in_one_go():
    whole, halved = Trainer(small_spec(), small_data()), Trainer(small_spec(), small_data())
    costs = [event.cost for event in whole if isinstance(event, StepMetrics)]
    first = []
    for event in halved:
        if isinstance(event, StepMetrics):
            first.append(event.cost)
            if event.step == 2:
                break
    rest = [event.cost for event in halved if isinstance(event, StepMetrics)]
    assert first + rest == costs
    assert whole.network.theta.tobytes() == halved.network.theta.tobytes()


def test_the_network_is_as_the_last_event_left_it():
    trainer = Trainer(small_spec(), small_data())
    for event in trainer:
        if isinstance(event, EpochMetrics):
            cost, error = trainer.network.evaluate(trainer.data.x_dev, trainer.data.y_dev)
            assert (cost[0], error[0]) == (event.dev_cost[0], event.dev_error[0])


def test_steps_by_hand_are_the_steps_of_training():
    spec, data = small_spec(batch_size=21, epochs=3, precision="float64"), small_data()
    trained, by_hand = Trainer(spec, data), Trainer(spec, data)
    costs = [event.cost[0] for event in trained if isinstance(event, StepMetrics)]
    assert [by_hand.step_on(data.x_train, data.y_train)[0] for _ in range(3)] == pytest.approx(costs)
    np.testing.assert_allclose(by_hand.network.theta, trained.network.theta, rtol=1e-7)


def test_other_seeds_give_other_weights_and_other_batches():
    first, second = (Trainer(small_spec(seed=seed), small_data()) for seed in (0, 1))
    assert not np.array_equal(first.network.theta, second.network.theta)
    second.network.load(first.network.parameters())
    costs = [[e.cost[0] for e in trainer if isinstance(e, StepMetrics)] for trainer in (first, second)]
    assert costs[0] != costs[1]


def test_divergence_is_an_event_that_ends_the_run_at_the_first_cost_that_is_no_number():
    data = small_data("squared_error")
    spec = small_spec(
        head="squared_error", optimizer="gradient_descent", learning_rate=10, epochs=500, batch_size=21
    )
    events = list(train(spec, data))
    costs = [event.cost[0] for event in events if isinstance(event, StepMetrics)]
    assert np.isfinite(costs[:-1]).all()
    assert not np.isfinite(costs[-1])
    assert events[-1] == Diverged(step=len(costs), epoch=len(costs))


def test_one_diverging_member_does_not_end_its_cohort():
    base = small_spec(
        head="squared_error", optimizer="gradient_descent", epochs=150, batch_size=21, learning_rate=0.01
    )
    events = list(train([base, base.model_copy(update={"learning_rate": 10.0})], small_data("squared_error")))
    assert isinstance(events[-1], Finished)
    last = events[-2].train_cost
    assert np.isfinite(last[0])
    assert not np.isfinite(last[1])


def test_a_cohort_shares_the_first_members_batches_but_starts_from_seeds_of_its_own():
    specs = [small_spec(seed=seed) for seed in (5, 6)]
    together = Trainer(specs, small_data())
    for k, spec in enumerate(specs):
        np.testing.assert_array_equal(together.network.theta[k], Trainer(spec, small_data()).network.theta[0])
    swapped = Trainer([small_spec(seed=5), small_spec(seed=5)], small_data())
    costs = [
        [event.cost[0] for event in trainer if isinstance(event, StepMetrics)]
        for trainer in (together, swapped)
    ]
    np.testing.assert_allclose(costs[0], costs[1], rtol=1e-6)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("layers", {"layers": [{"units": 6}, {"units": 4}]}),
        ("layers", {"layers": [{"units": 5, "activation": "tanh"}, {"units": 4}]}),
        ("optimizer.kind", {"optimizer": "momentum"}),
        ("batch_size", {"batch_size": 4}),
        ("epochs", {"epochs": 3}),
        ("precision", {"precision": "float64"}),
        ("head", {"head": "squared_error"}),
    ],
)
def test_specs_that_cannot_share_a_cohort_are_refused_by_field(field, change):
    with pytest.raises(ValueError, match=f"must share {field}: spec 0 has .*, spec 1 has"):
        train([small_spec(), small_spec(**change)], small_data())


def test_an_empty_cohort_is_refused():
    with pytest.raises(ValueError, match="give at least one spec"):
        train([], small_data())


def test_a_batch_larger_than_the_data_is_refused_with_the_limit():
    with pytest.raises(
        ValueError, match="batch_size is 22, but the training part has 21 examples: choose at most 21"
    ):
        train(small_spec(batch_size=22), small_data())


def test_a_head_that_does_not_fit_the_answers_is_refused_before_the_first_event():
    with pytest.raises(ValueError, match="The sigmoid head has one output, but n_outputs is 3"):
        train(small_spec(head="sigmoid"), small_data("softmax"))


def test_a_large_training_part_is_judged_by_a_fixed_sample():
    data = small_data(m=15_000)
    trainer = Trainer(small_spec(epochs=1, full_batch=True), data)
    metrics = next(event for event in trainer if isinstance(event, EpochMetrics))
    rows = np.linspace(0, 14_999, 10_000).astype(int)
    cost, error = trainer.network.evaluate(data.x_train[rows], data.y_train[rows])
    assert metrics.train_cost[0] == pytest.approx(cost[0])
    assert metrics.train_error[0] == pytest.approx(error[0])


def test_how_many_examples_judge_the_training_part_changes_nothing_else(tmp_path):
    data = small_data()
    trainers = [Trainer(small_spec(epochs=3), data, max_evaluated=most) for most in (5, 21)]
    sampled, whole = ([event for event in trainer if isinstance(event, EpochMetrics)] for trainer in trainers)
    cost, error = trainers[0].network.evaluate(data.x_train[::5], data.y_train[::5])
    assert (sampled[-1].train_cost[0], sampled[-1].train_error[0]) == pytest.approx((cost[0], error[0]))
    assert sampled[-1].train_cost[0] != whole[-1].train_cost[0]
    assert [event.dev_cost[0] for event in sampled] == [event.dev_cost[0] for event in whole]
    assert trainers[0].network.fingerprint() == trainers[1].network.fingerprint()


def test_a_memory_map_of_bytes_trains_like_the_array_in_memory(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (50, 4), dtype=np.uint8)
    mapped = np.memmap(tmp_path / "x.bin", dtype=np.uint8, mode="w+", shape=(50, 4))
    mapped[:] = pixels
    y = rng.integers(0, 2, 50)
    runs = [Trainer(small_spec(), Data(x, y, pixels, y, 2)) for x in (pixels, mapped)]
    for run in runs:
        assert isinstance(list(run)[-1], Finished)
    assert runs[0].network.theta.tobytes() == runs[1].network.theta.tobytes()


def test_the_loop_keeps_no_memory():
    trainer = Trainer(small_spec(epochs=500), small_data())
    events = iter(trainer)
    for _ in range(100):
        next(events)
    tracemalloc.start()
    try:
        for _ in range(200):
            next(events)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(1000):
            next(events)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 4096


def test_xor_is_learnt_without_a_mistake():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    y = np.array([0, 1, 1, 0])
    spec = Spec(
        layers=[{"units": 8, "activation": "tanh", "initializer": "xavier"}],
        head="sigmoid",
        learning_rate=0.05,
        batch_size=4,
        epochs=200,
    )
    last = _last_epoch(spec, Data(x, y, x, y, 1))
    assert last.train_error[0] == 0
    assert last.train_cost[0] < 0.1


def test_he_initialisation_learns_circles():
    x, y = circles(400, noise=0.03)
    spec = Spec(
        layers=[{"units": 10}, {"units": 5}], head="sigmoid", learning_rate=0.02, batch_size=32, epochs=60
    )
    assert _last_epoch(spec, prepared(x, y, spec, 1)).dev_error[0] <= 0.04


def test_zeros_keep_the_cost_at_chance_for_ever():
    x, y = circles(320, noise=0.03)
    spec = Spec(
        layers=[{"units": 10, "initializer": "zeros"}, {"units": 5, "initializer": "zeros"}],
        head="sigmoid",
        optimizer="gradient_descent",
        learning_rate=0.01,
        batch_size=192,
        epochs=100,
    )
    costs = [e.cost[0] for e in train(spec, prepared(x, y, spec, 1)) if isinstance(e, StepMetrics)]
    assert len(costs) == 100
    np.testing.assert_allclose(costs, np.log(2), atol=1e-6)


def test_a_straight_line_is_fitted():
    x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
    spec = Spec(
        layers=[{"units": 4, "activation": "linear", "initializer": "xavier"}],
        head="squared_error",
        optimizer="gradient_descent",
        learning_rate=0.1,
        batch_size=16,
        epochs=100,
    )
    y = 3 * x[:, 0] - 1
    assert _last_epoch(spec, Data(x, y, x, y, 1)).dev_error[0] < 1e-3


def test_digits_reach_96_percent_on_dev():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    spec = Spec(layers=[{"units": 128}, {"units": 64}], head="softmax", epochs=25)
    assert _last_epoch(spec, prepared(x, y, spec, 10)).dev_error[0] <= 0.04


def test_adam_beats_plain_descent_by_far_on_moons():
    rng = np.random.default_rng(3)
    y = np.arange(300) % 2
    angle = rng.uniform(0, np.pi, 300) + np.pi * y
    x = np.column_stack([np.cos(angle) + y, np.sin(angle) + 0.5 * y]) + rng.normal(0, 0.2, (300, 2))

    def error(optimizer: str) -> float:
        spec = Spec(
            layers=[{"units": 5}, {"units": 2}],
            head="sigmoid",
            optimizer=optimizer,
            learning_rate=0.0007,
            epochs=600,
            seed=3,
        )
        return _last_epoch(spec, prepared(x, y, spec, 1)).train_error[0]

    assert error("adam") < 0.1
    assert error("gradient_descent") > 0.2


def test_members_with_constants_and_schedules_of_their_own_equal_networks_alone():
    schedules = ["constant", {"kind": "cosine", "warmup_epochs": 1}, {"kind": "exponential", "rate": 0.5}]
    betas = (0.9, 0.5, 0.0)
    specs = [
        small_spec(
            precision="float64",
            epochs=4,
            schedule=schedule,
            optimizer={"kind": "adam", "beta1": beta, "bias_correction": beta > 0},
            early_stopping={"kind": "patience", "patience": 9},
        )
        for schedule, beta in zip(schedules, betas, strict=True)
    ]
    together = Trainer(specs, small_data())
    list(together)
    for k, spec in enumerate(specs):
        alone = Trainer(spec, small_data())
        list(alone)
        np.testing.assert_allclose(together.network.theta[k], alone.network.theta[0], rtol=1e-7, atol=1e-12)


def _statistics(every: int, **fields) -> tuple[Trainer, list]:
    trainer = Trainer(small_spec(**fields), small_data(), statistics_every=every)
    return trainer, list(trainer)


def test_layer_statistics_follow_every_step_they_are_asked_for():
    _, events = _statistics(2, epochs=3)
    order = [type(event).__name__ for event in events if isinstance(event, StepMetrics | LayerStatistics)]
    step, looked = "StepMetrics", "LayerStatistics"
    assert order == [step, step, looked, step, step, looked, step, step, looked, step, step, looked, step]
    seen = [event for event in events if isinstance(event, LayerStatistics)]
    assert [(event.step, event.epoch) for event in seen] == [(2, 1), (4, 2), (6, 2), (8, 3)]
    assert all(np.isfinite(event.gradient_norm).all() for event in seen)


@pytest.mark.parametrize("every", [1, 2, 5])
def test_looking_into_layers_changes_nothing_in_the_course_of_training(every):
    layers = [{"units": 6, "keep_prob": 0.7, "batch_norm": True}, {"units": 5}]
    alone = Trainer(small_spec(layers=layers, l2=0.1, epochs=4), small_data())
    costs = [event.cost for event in alone if isinstance(event, StepMetrics)]
    trainer, events = _statistics(every, layers=layers, l2=0.1, epochs=4)
    assert [event.cost for event in events if isinstance(event, StepMetrics)] == costs
    assert trainer.network.theta.tobytes() == alone.network.theta.tobytes()


def test_layer_statistics_are_of_the_step_and_its_batch():
    data, spec = small_data(), small_spec(epochs=1, shuffle=False)
    size = spec.batch_for(data.n_train)
    trainer = Trainer(spec, data, statistics_every=2)
    twin = Trainer(spec, data)
    twin.step_on(data.x_train[:size], data.y_train[:size])
    before = {name: array.copy() for name, array in twin.network.parameters().items()}
    x, y = data.x_train[size : 2 * size], data.y_train[size : 2 * size]
    twin.network.backward(x, y)
    gradients = {name: array.copy() for name, array in twin.network.gradients().items()}
    twin.step_on(x, y)
    expected = layer_statistics(twin.network, x, 2, 1, gradients=gradients, before=before)
    (seen,) = [event for event in trainer if isinstance(event, LayerStatistics)]
    for name, layer in expected.layers.items():
        np.testing.assert_allclose(seen.layers[name].gradient_norm, layer.gradient_norm, rtol=1e-5)
        np.testing.assert_allclose(seen.layers[name].update_ratio, layer.update_ratio, rtol=1e-4)
        np.testing.assert_allclose(seen.layers[name].activations.mean, layer.activations.mean, rtol=1e-5)
    np.testing.assert_allclose(seen.gradient_norm, expected.gradient_norm, rtol=1e-5)


def test_statistics_every_no_step_are_refused():
    with pytest.raises(ValueError, match=r"statistics_every is 0: give a number of steps, from 1 on"):
        Trainer(small_spec(), small_data(), statistics_every=0)
    with pytest.raises(TypeError, match="integer"):
        Trainer(small_spec(), small_data(), statistics_every=2.5)


@pytest.mark.parametrize("members", [2, 3])
def test_a_member_dropped_at_an_observed_step_still_counts_in_its_statistics(members):
    cohort = [small_spec(seed=seed) for seed in range(members)]
    trainer, seen = Trainer(cohort, small_data(), statistics_every=2), []
    for event in trainer:
        if isinstance(event, LayerStatistics):
            seen.append(event.layers["output"])
        elif isinstance(event, StepMetrics) and event.step == 2:
            trainer.drop(0)
    for count, layer in zip((members, members - 1), seen, strict=False):
        assert layer.update_ratio.shape == layer.dead.shape == layer.weights.mean.shape == (count,)


def test_layer_statistics_with_population_statistics_to_come_are_those_of_the_batch():
    data = small_data()
    layers = [{"units": 6, "batch_norm": True}]
    spec = small_spec(layers=layers, batch_norm={"statistics": "population"}, epochs=1)
    far = Data(data.x_train * 100 + 50, data.y_train, data.x_dev, data.y_dev, data.n_outputs)
    event = next(e for e in Trainer(spec, far, statistics_every=1) if isinstance(e, LayerStatistics))
    assert event.layers["layers.0"].pre_activations.std[0] < 2

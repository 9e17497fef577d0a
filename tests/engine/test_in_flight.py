"""In flight: settings changed, members dropped, batches in an order of the caller's, limits kept."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Changed, Data, Dropped, EpochMetrics, Network, StepMetrics, Trainer
from tests.engine.examples import small_data, small_spec


def _after(trainer: Trainer, step: int) -> Trainer:
    for event in trainer:
        if isinstance(event, StepMetrics) and event.step == step:
            return trainer
    raise AssertionError(f"there was no step {step}")


def test_a_new_learning_rate_holds_from_the_next_step_on_and_an_event_says_so():
    trainer = Trainer(small_spec(optimizer="gradient_descent"), small_data())
    _after(trainer, 4)
    trainer.change({"learning_rate": 0.5})
    before = trainer.network.theta.copy()
    events = iter(trainer)
    assert next(events) == Changed(step=5, epoch=2, values={"learning_rate": 0.5}, members=(0,))
    assert next(events).step == 5
    moved = np.abs(trainer.network.theta - before).max()
    assert trainer.descent.factors[0].item() == pytest.approx(0.5)
    assert moved > 0.01
    assert trainer.spec.learning_rate == 0.5


def test_a_change_after_an_epoch_is_told_before_the_next():
    trainer = Trainer(small_spec(), small_data())
    kinds = []
    for event in trainer:
        kinds.append(type(event))
        if isinstance(event, EpochMetrics) and event.epoch == 1:
            trainer.change({"l2": 0.3})
    at = kinds.index(Changed)
    assert (kinds[at - 1], kinds[at + 1]) == (EpochMetrics, StepMetrics)


def test_nothing_else_is_disturbed_by_a_change_to_the_same():
    layers = [{"units": 5, "keep_prob": 0.6, "batch_norm": True}]
    plain, touched = (Trainer(small_spec(layers=layers), small_data()) for _ in range(2))
    list(plain)
    _after(touched, 2)
    touched.change({"layers.0.keep_prob": 0.6, "optimizer.beta1": 0.9})
    list(touched)
    assert touched.network.theta.tobytes() == plain.network.theta.tobytes()


def test_another_beta_changes_averages_from_there_on_and_not_what_they_are():
    trainer = Trainer([small_spec(), small_spec(seed=1)], small_data())
    _after(trainer, 4)
    before = trainer.descent.moments.copy()
    trainer.change({"optimizer.beta1": 0.5, "optimizer.beta2": 0.99}, member=1)
    first, second = trainer.descent.moments[:, 0], trainer.descent.moments[:, 1]
    assert np.array_equal(first, before[:, 0])
    old, new = (np.array(spec.optimizer.scales(4))[:, None] for spec in (small_spec(), trainer.specs[1]))
    np.testing.assert_allclose(second * new, before[:, 1] * old, rtol=1e-5)


@pytest.mark.parametrize(
    "values",
    [
        {"l2": 3.0},
        {"layers.1.keep_prob": 0.5},
        {"schedule": {"kind": "exponential", "rate": 0.1}},
        {"optimizer.beta1": 0.1, "clip_norm": 0.01},
        {"input_keep_prob": 0.5},
        {"max_norm": 0.1},
    ],
)
def test_whatever_can_change_takes_effect(values):
    runs = [Trainer(small_spec(), small_data()) for _ in range(2)]
    for trainer in runs:
        _after(trainer, 2)
    runs[0].change(values)
    for trainer in runs:
        list(trainer)
    assert not np.allclose(runs[0].network.theta, runs[1].network.theta)


def test_more_epochs_make_a_run_longer():
    trainer = Trainer(small_spec(), small_data())
    _after(trainer, 4)
    trainer.change({"epochs": 5})
    assert sum(isinstance(event, EpochMetrics) for event in trainer) == 4
    assert trainer.step == 15


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"seed": 4}, "seed cannot be changed while training. What can: learning_rate"),
        ({"layers.0.units": 9}, r"layers\.0\.units cannot be changed"),
        ({"optimizer.kind": "adam"}, r"optimizer\.kind cannot be changed"),
        ({"layers.7.keep_prob": 0.5}, r"There is no layers\.7\.keep_prob"),
        ({"optimizer.gamma": 0.5}, "optimizer.gamma: There is no setting called 'gamma'"),
        ({"learning_rate": -1}, "learning_rate: Learning rate must be greater than 0, but is -1"),
        (
            {"schedule": "cosine", "schedule.kind.x": 1},
            r"There is no schedule\.kind\.x: schedule\.kind is 'cosine'",
        ),
        ({"batch_size": 22}, "batch_size is 22, but the training part has 21 examples: choose at most 21"),
        ({"batch_size": 0}, "batch_size: Batch size must be at least 1"),
        ({"augmentations": ["flip"]}, "augmentations need images"),
        ({"augmentations": ["fog"]}, "there is no 'fog'"),
        ({"early_stopping.patience": 3}, "There is no setting called 'patience'"),
        ({"early_stopping": {"kind": "patience", "patience": 0}}, "Patience must be at least 1"),
        ({"learning_rate": 0.5, "batch_size": 99}, "batch_size is 99"),
    ],
)
def test_what_cannot_change_is_refused_and_nothing_happens(values, words):
    trainer = Trainer(small_spec(), small_data())
    _after(trainer, 1)
    with pytest.raises(ValueError, match=words):
        trainer.change(values)
    assert trainer.specs == [small_spec()]
    assert isinstance(next(iter(trainer)), StepMetrics)


paths = st.sampled_from(
    [
        "schedule",
        "early_stopping",
        "optimizer",
        "layers",
        "augmentations",
        "batch_size",
        "epochs",
        "l2",
        "learning_rate",
    ]
)
ends = st.sampled_from(
    ["", ".kind", ".patience", ".0", ".0.keep_prob", ".-1.keep_prob", ".kind.x.y", "..", ".beta1"]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["cosine", "none", ""]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["kind", "rate"]), inside),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.tuples(paths, ends).map("".join), json_values, max_size=3))
@example({"layers.0.keep_prob": 2.2857677255629467e-242})
def test_whatever_is_asked_for_is_done_or_refused_with_a_value_error(values):
    trainer = Trainer(small_spec(), small_data())
    _after(trainer, 1)
    try:
        trainer.change(values)
    except ValueError:
        assert trainer.specs == [small_spec()]
        assert isinstance(next(iter(trainer)), StepMetrics)
    else:
        assert next(iter(trainer)).values == values


def _cohort(**fields) -> list:
    layers = [{"units": 5, "batch_norm": True, "keep_prob": 0.8}, {"units": 4}]
    base = small_spec(precision="float64", layers=layers, epochs=4, **fields)
    return [base.model_copy(update={"learning_rate": rate}) for rate in (0.001, 0.01, 0.03, 0.1)]


def test_dropping_a_loser_leaves_the_others_as_they_would_be_alone():
    together = Trainer(_cohort(schedule="cosine"), small_data())
    _after(together, 2)
    buffer = together.network.theta
    together.drop(1)
    assert np.shares_memory(together.network.theta, buffer)
    assert next(iter(together)) == Dropped(step=2, epoch=1, member=1, members=(0, 3, 2))
    _after(together, 7)
    together.drop(3)
    assert together.members == [0, 2]
    costs = [event.cost for event in together if isinstance(event, StepMetrics)]
    assert {cost.shape for cost in costs} == {(2,)}
    for place, member in enumerate(together.members):
        alone = Trainer(_cohort(schedule="cosine")[member], small_data())
        list(alone)
        np.testing.assert_allclose(
            together.network.theta[place], alone.network.theta[0], rtol=1e-7, atol=1e-12
        )


def test_the_last_member_and_strangers_cannot_be_dropped():
    trainer = Trainer(_cohort()[:2], small_data())
    with pytest.raises(ValueError, match="There is no member 5"):
        trainer.drop(5)
    trainer.drop(0)
    with pytest.raises(ValueError, match="1 is the only member left"):
        trainer.drop(1)
    assert list(trainer)[-1].epoch == 4


def test_a_change_for_one_member_leaves_the_others_alone():
    trainer = Trainer(_cohort(), small_data())
    trainer.change({"learning_rate": 0.005}, member=2)
    assert [spec.learning_rate for spec in trainer.specs] == [0.001, 0.01, 0.005, 0.1]
    with pytest.raises(ValueError, match="must share epochs"):
        trainer.change({"epochs": 9}, member=2)


def test_batches_come_in_the_order_given():
    data = small_data()
    given = [np.random.default_rng(epoch).permutation(21) for epoch in (1, 2)]
    asked = []

    def order(epoch: int) -> np.ndarray:
        asked.append(epoch)
        return given[epoch - 1]

    trainer = Trainer(small_spec(precision="float64"), data, order=order)
    costs = [event.cost[0] for event in trainer if isinstance(event, StepMetrics)]
    by_hand = Trainer(small_spec(precision="float64"), data)
    expected = [
        by_hand.step_on(data.x_train[rows], data.y_train[rows])[0]
        for each in given
        for rows in (each[:8], each[8:16], each[16:])
    ]
    assert asked == [1, 2]
    assert costs == pytest.approx(expected)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (np.arange(20), "expected 21 row numbers"),
        (np.arange(21.0), "dtype float64"),
        (np.arange(1, 22), "holds 1 to 21, but rows are 0 to 20"),
    ],
)
def test_an_order_that_is_none_is_refused(order, words):
    with pytest.raises(ValueError, match=words):
        list(Trainer(small_spec(), small_data(), order=lambda epoch: order))


def test_without_shuffling_every_epoch_is_the_same():
    data = small_data()
    trainer = Trainer(small_spec(shuffle=False, precision="float64"), data)
    first = next(event for event in trainer if isinstance(event, StepMetrics))
    network = Network([small_spec(precision="float64")], 3, 3)
    assert first.cost == pytest.approx(network.backward(data.x_train[:8], data.y_train[:8]))


def test_a_full_batch_is_one_step_whatever_the_batch_size():
    trainer = Trainer(small_spec(full_batch=True, batch_size=1000), small_data())
    assert sum(isinstance(event, StepMetrics) for event in trainer) == 2


def test_gradients_can_be_replaced_between_backward_and_step():
    data, trainer = small_data(), Trainer(small_spec(optimizer="gradient_descent"), small_data())
    trainer.network.backward(data.x_train, data.y_train)
    for gradient in trainer.network.gradients().values():
        gradient[...] = 2
    before = trainer.network.theta.copy()
    trainer.apply_gradients()
    np.testing.assert_allclose(before - trainer.network.theta, 0.002, rtol=1e-3)


def test_a_run_beyond_the_limit_is_refused_before_anything_is_allocated():
    layers = [{"units": 65_536}] * 4
    with pytest.raises(ValueError, match=r"needs about [0-9,]+ MiB of memory, and memory_limit is 512 MiB"):
        Trainer(small_spec(layers=layers), small_data(), memory_limit=2**29)
    Trainer(small_spec(), small_data(), memory_limit=2**29)


def test_augmentation_asks_for_images_and_changes_what_is_learnt_from():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 12)).astype(np.float32), rng.integers(0, 2, 20)
    spec = small_spec(augmentations=["flip"], shuffle=False, full_batch=True, epochs=3, learning_rate=1e-9)
    with pytest.raises(ValueError, match="augmentations need images: give Data an image_shape"):
        Trainer(spec, Data(x, y, x, y, 2))
    with pytest.raises(ValueError, match=r"image_shape is \(2, 3, 1\), 6 values, but x_train has 12"):
        Data(x, y, x, y, 2, image_shape=(2, 3, 1))
    trainer = Trainer(spec, Data(x, y, x, y, 2, image_shape=(4, 3, 1)))
    costs = {float(event.cost[0]) for event in trainer if isinstance(event, StepMetrics)}
    assert len(costs) == 3

"""One contract for everything registered, from activations to schedules: a new one needs no test."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import EpochMetrics, Network, Spec, StepMetrics, Trainer, gradient_check, planned
from engine.activations import ACTIVATIONS, Relu
from engine.heads import HEADS
from engine.initializers import INITIALIZERS
from engine.normalise import NORMALISATIONS
from engine.optimizers import OPTIMIZERS
from engine.schedules import SCHEDULES
from tests.engine.examples import HEADS as N_OUTPUTS
from tests.engine.examples import answers, small_data, small_spec


def _every_choice() -> Iterator[Any]:
    for kind in ACTIVATIONS:
        yield pytest.param({"layers": [{"units": 5, "activation": kind}] * 2}, id=f"activation {kind}")
    for kind in INITIALIZERS:
        yield pytest.param({"layers": [{"units": 5, "initializer": kind}] * 2}, id=f"initializer {kind}")
    for kind in OPTIMIZERS:
        yield pytest.param({"optimizer": kind}, id=f"optimizer {kind}")
    for kind in HEADS:
        yield pytest.param({"head": kind}, id=f"head {kind}")
    for kind, classes in (("softmax", (1, 3, 0.5)), ("sigmoid", (1, 4))):
        head = {"kind": kind, "class_weights": classes, "label_smoothing": 0.1}
        yield pytest.param({"head": head}, id=f"head {kind} weighted and smoothed")
    for kind in SCHEDULES:
        yield pytest.param({"schedule": {"kind": kind, "warmup_epochs": 0.5}}, id=f"schedule {kind}")
    for kind in NORMALISATIONS:
        yield pytest.param({"normalise": kind}, id=f"normalisation {kind}")


def _every_technique() -> Iterator[Any]:
    """What makes a training pass differ from an evaluation."""
    layers = [{"units": 5, "keep_prob": 0.6}, {"units": 4, "activation": "tanh", "keep_prob": 0.9}]
    yield pytest.param({"layers": layers}, id="dropout")
    yield pytest.param({"input_keep_prob": 0.7}, id="dropout of inputs")
    for kind in ACTIVATIONS:
        layers = [{"units": 5, "activation": kind, "batch_norm": True}, {"units": 4}]
        yield pytest.param({"layers": layers}, id=f"batch norm under {kind}")
    layers = [{"units": 5, "batch_norm": True}, {"units": 4, "batch_norm": True}]
    yield pytest.param({"layers": layers, "batch_norm": {"statistics": "population"}}, id="exact statistics")
    layers = [{"units": 5, "batch_norm": True, "keep_prob": 0.7}, {"units": 4, "activation": "elu"}]
    yield pytest.param({"layers": layers, "l2": 0.1, "clip_norm": 0.5, "max_norm": 2}, id="all together")


evaluating_alike = pytest.mark.parametrize("fields", list(_every_choice()))
every_choice = pytest.mark.parametrize("fields", [*_every_choice(), *_every_technique()])


def _trained(specs: Spec | list[Spec]) -> tuple[Trainer, np.ndarray]:
    """A finished trainer and its costs (steps, K)."""
    first = specs if isinstance(specs, Spec) else specs[0]
    trainer = Trainer(specs, small_data(first.head.kind))
    costs = [event.cost for event in trainer if isinstance(event, StepMetrics)]
    return trainer, np.array(costs)


@every_choice
def test_a_spec_goes_through_json_unchanged(fields):
    spec = small_spec(**fields)
    assert Spec.model_validate_json(spec.model_dump_json()) == spec


@every_choice
def test_backpropagation_agrees_with_centred_differences(fields):
    spec = small_spec(**fields)
    rng = np.random.default_rng(1)
    head = spec.head.kind
    x, y = rng.standard_normal((9, 3)), answers(head, 9, rng)
    # Parameters of every size, biases too, whatever the initializer would have drawn.
    shapes = Network([spec], 3, N_OUTPUTS[head]).parameters()
    initial = {name: rng.normal(0, 0.7, array.shape) for name, array in shapes.items()}
    check = gradient_check(spec, x, y, N_OUTPUTS[head], initial=initial)
    assert check.differences[check.worst] < 1e-7, check
    assert check.verdict == "right"


@every_choice
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_shapes_and_dtype_stay_what_they_are_from_beginning_to_end(fields, precision):
    spec = small_spec(precision=precision, **fields)
    trainer, costs = _trained(spec)
    network, n = trainer.network, N_OUTPUTS[spec.head.kind]
    assert costs.shape == (6, 1)
    assert costs.dtype == precision
    assert np.isfinite(costs).all()
    for array in (*network.parameters().values(), *network.gradients().values()):
        assert array.dtype == precision
    predictions = network.forward(trainer.data.x_dev)
    assert predictions.shape == (1, 10, n)
    assert predictions.dtype == precision


@every_choice
def test_the_same_seed_gives_the_same_bits_and_evaluation_is_repeatable(fields):
    (first, first_costs), (second, second_costs) = (_trained(small_spec(seed=3, **fields)) for _ in range(2))
    assert first_costs.tobytes() == second_costs.tobytes()
    assert first.network.theta.tobytes() == second.network.theta.tobytes()
    x = first.data.x_dev
    assert first.network.forward(x).tobytes() == first.network.forward(x).tobytes()


@every_choice
def test_a_member_of_a_cohort_equals_the_same_network_alone(fields):
    base = small_spec(precision="float64", **fields)
    cohort = [base.model_copy(update={"learning_rate": rate}) for rate in (0.001, 0.01, 0.03)]
    together, costs = _trained(cohort)
    for k, spec in enumerate(cohort):
        alone, alone_costs = _trained(spec)
        np.testing.assert_allclose(costs[:, k], alone_costs[:, 0], rtol=1e-9)
        np.testing.assert_allclose(together.network.theta[k], alone.network.theta[0], rtol=1e-7, atol=1e-12)


@evaluating_alike
def test_the_cost_of_a_step_is_the_cost_an_evaluation_finds(fields):
    spec = small_spec(precision="float64", batch_size=21, epochs=1, **fields)
    data = small_data(spec.head.kind)
    trainer = Trainer(spec, data)
    expected, _ = trainer.network.evaluate(data.x_train, data.y_train)
    costs = [event.cost for event in trainer if isinstance(event, StepMetrics)]
    np.testing.assert_allclose(costs[0], expected, rtol=1e-9)


@pytest.mark.parametrize("kind", list(OPTIMIZERS))
def test_every_optimizer_lowers_the_cost(kind):
    rate = 0.3 if kind in ("gradient_descent", "momentum") else 0.01
    spec = small_spec(optimizer=kind, epochs=30, learning_rate=rate)
    costs = [event.train_cost[0] for event in Trainer(spec, small_data()) if isinstance(event, EpochMetrics)]
    assert costs[-1] < 0.9 * costs[0]


@pytest.mark.parametrize("kind", list(SCHEDULES))
def test_every_schedule_gives_positive_rates_in_one_piece_or_step_by_step(kind):
    spec = small_spec(schedule={"kind": kind, "warmup_epochs": 1}, epochs=30)
    whole = planned(spec, 90)
    assert whole.shape == (90,)
    assert (whole >= 0).all()
    assert whole[:3] == pytest.approx(whole[3] * np.array([1, 2, 3]) / 3)
    np.testing.assert_array_equal(planned(spec, 90, at=[1, 40, 90]), whole[[0, 39, 89]])


@pytest.mark.parametrize("kind", list(INITIALIZERS))
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_every_initializer_draws_its_deviation_around_zero(kind, distribution):
    drawn_so = {"distribution": distribution} if "distribution" in INITIALIZERS[kind].model_fields else {}
    initializer = INITIALIZERS[kind](**drawn_so).suited_to(Relu())
    weights = initializer.draw(np.random.default_rng(0), 400, 100)
    assert weights.shape == (400, 100)
    assert weights.std() == pytest.approx(initializer.deviation(400, 100), rel=0.02)
    assert abs(weights.mean()) <= initializer.deviation(400, 100) / 50
    if "distribution" in INITIALIZERS[kind].model_fields:
        assert (abs(weights).max() < 2 * weights.std()) == (distribution == "uniform")


def test_initializers_have_the_deviations_of_their_papers():
    deviations = {kind: INITIALIZERS[kind]().deviation(50, 30) for kind in INITIALIZERS if kind != "auto"}
    expected = {"zeros": 0, "random": 0.01, "xavier": 50**-0.5, "glorot": 40**-0.5, "he": 25**-0.5}
    assert deviations == pytest.approx(expected)


@pytest.mark.parametrize("kind", list(ACTIVATIONS))
def test_auto_draws_what_suits_the_activation(kind):
    relatives = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
    suited = "he" if kind in relatives else "xavier"
    layers = [[{"units": 5, "activation": kind, "initializer": name}] for name in ("auto", suited)]
    drawn = [Network([small_spec(layers=each)], 3, 3).theta for each in layers]
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_every_choice_and_every_field_has_a_title_and_a_line_of_help_for_the_form():
    schema = Spec.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        assert model["title"]
        assert "\n" not in model["description"]
        for name, field in model["properties"].items():
            assert field["title"], (model["title"], name)
            assert name == "kind" or 20 < len(field["description"]) < 140, (model["title"], name)

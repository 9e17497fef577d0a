"""Gradients, optimizers, schedules and heads against PyTorch's, where both mean the same by them."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine import Network, planned  # noqa: E402
from engine.descent import Descent  # noqa: E402
from engine.program import run  # noqa: E402
from engine.regularisation import clip_by_norm  # noqa: E402
from engine.schedules import Plateaus  # noqa: E402
from tests.engine.examples import small_spec  # noqa: E402

torch.set_num_threads(1)
RNG = np.random.default_rng(5)
X = RNG.standard_normal((11, 3))
F = torch.nn.functional

ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "elu": F.elu,
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
}


def _network(**fields: Any) -> tuple[Network, dict[str, Any]]:
    """A network with random parameters, and the same parameters as tensors that want gradients."""
    head = fields.get("head", "softmax")
    kind = head if isinstance(head, str) else head["kind"]
    network = Network([small_spec(precision="float64", **fields)], 3, 3 if kind == "softmax" else 2)
    rng = np.random.default_rng(1)
    network.load({name: rng.normal(0, 0.7, p.shape) for name, p in network.parameters().items()})
    tensors = {name: torch.tensor(p[0], requires_grad=True) for name, p in network.parameters().items()}
    return network, tensors


def _logits(p: dict[str, Any], layers: list[dict[str, Any]], x: np.ndarray = X) -> Any:
    a = torch.tensor(x)
    for i, layer in enumerate(layers):
        z = a @ p[f"layers.{i}.weights"]
        if layer.get("batch_norm"):
            z = F.batch_norm(
                z, None, None, p[f"layers.{i}.gamma"], p[f"layers.{i}.beta"], training=True, eps=1e-5
            )
        else:
            z = z + p[f"layers.{i}.biases"]
        a = ACTIVATIONS[layer.get("activation", "relu")](z)
    return a @ p["output.weights"] + p["output.biases"]


def _agree(network: Network, tensors: dict[str, Any], cost: np.ndarray, loss: Any) -> None:
    loss.backward()
    assert cost[0] == pytest.approx(loss.item(), rel=1e-10)
    for name, gradient in network.gradients().items():
        np.testing.assert_allclose(gradient[0], tensors[name].grad.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "batch norm"])
@pytest.mark.parametrize("kind", list(ACTIVATIONS))
def test_gradients_through_every_activation_are_autograds(kind, batch_norm):
    layers = [{"units": 5, "activation": kind, "batch_norm": batch_norm}, {"units": 4, "activation": kind}]
    network, tensors = _network(layers=layers)
    y = RNG.integers(0, 3, 11)
    loss = F.cross_entropy(_logits(tensors, layers), torch.tensor(y))
    _agree(network, tensors, network.backward(X, y), loss)


LAYERS = [{"units": 5}, {"units": 4}]


def test_smoothed_softmax_with_weights_is_cross_entropy_times_its_normalisation():
    weights, y = np.array([1.0, 3.0, 0.5]), RNG.integers(0, 3, 11)
    network, tensors = _network(head={"kind": "softmax", "class_weights": weights.tolist()}, layers=LAYERS)
    # PyTorch divides by the sum of the batch's weights, the engine by the number of examples.
    loss = F.cross_entropy(_logits(tensors, LAYERS), torch.tensor(y), torch.tensor(weights), reduction="sum")
    _agree(network, tensors, network.backward(X, y), loss / 11)
    network, tensors = _network(head={"kind": "softmax", "label_smoothing": 0.2}, layers=LAYERS)
    loss = F.cross_entropy(_logits(tensors, LAYERS), torch.tensor(y), label_smoothing=0.2)
    _agree(network, tensors, network.backward(X, y), loss)


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        ("sigmoid", lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="sum") / 11),
        ({"kind": "huber", "delta": 0.8}, lambda z, y: F.huber_loss(z, y, reduction="sum", delta=0.8) / 11),
        ("squared_error", lambda z, y: F.mse_loss(z, y, reduction="sum") / 22),
    ],
    ids=["sigmoid", "huber", "squared error"],
)
def test_heads_are_pytorchs_losses(head, loss):
    network, tensors = _network(head=head, layers=LAYERS)
    y = RNG.integers(0, 2, (11, 2)) if head == "sigmoid" else RNG.standard_normal((11, 2)) * 2
    _agree(network, tensors, network.backward(X, y), loss(_logits(tensors, LAYERS), torch.tensor(y * 1.0)))


OPTIMIZERS = [
    ({"kind": "gradient_descent"}, lambda p: torch.optim.SGD(p, 0.03)),
    (
        {"kind": "momentum", "beta": 0.8, "form": "classic"},
        lambda p: torch.optim.SGD(p, 0.03, momentum=0.8),
    ),
    ({"kind": "momentum", "beta": 0.8}, lambda p: torch.optim.SGD(p, 0.03 * 0.2, momentum=0.8)),
    ({"kind": "nesterov", "beta": 0.8}, lambda p: torch.optim.SGD(p, 0.03, momentum=0.8, nesterov=True)),
    ({"kind": "rmsprop", "beta": 0.95}, lambda p: torch.optim.RMSprop(p, 0.03, alpha=0.95)),
    ({"kind": "adagrad"}, lambda p: torch.optim.Adagrad(p, 0.03, eps=1e-8)),
    ({"kind": "adam", "beta2": 0.98}, lambda p: torch.optim.Adam(p, 0.03, betas=(0.9, 0.98))),
    ({"kind": "amsgrad", "beta2": 0.9}, lambda p: torch.optim.Adam(p, 0.03, betas=(0.9, 0.9), amsgrad=True)),
]


@pytest.mark.parametrize(("optimizer", "make"), OPTIMIZERS, ids=[each["kind"] for each, _ in OPTIMIZERS])
def test_optimizers_take_pytorchs_steps_on_the_same_gradients(optimizer, make):
    spec = small_spec(precision="float64", learning_rate=0.03, optimizer=optimizer)
    network = Network([spec], 3, 3)
    descent = Descent([spec], network)
    theirs = torch.tensor(network.theta[0], requires_grad=True)
    peer = make([theirs])
    for step in range(1, 21):
        gradient = RNG.standard_normal(network.n_parameters) * 10.0 ** RNG.integers(-4, 2)
        network.gradient[0], theirs.grad = gradient, torch.tensor(gradient)
        descent.factors[...] = descent.schedule(step, 1)[0]
        run(descent.program)
        peer.step()
        np.testing.assert_allclose(network.theta[0], theirs.detach().numpy(), rtol=1e-8, atol=1e-10)


def test_adamw_decays_weights_as_pytorch_does_with_biases_in_a_group_without():
    optimizer = {"kind": "adamw", "weight_decay": 0.3}
    spec = small_spec(precision="float64", learning_rate=0.03, optimizer=optimizer)
    network = Network([spec], 3, 3)
    descent = Descent([spec], network)
    theirs = {name: torch.tensor(p[0].copy(), requires_grad=True) for name, p in network.parameters().items()}
    weights = [p for name, p in theirs.items() if name.endswith("weights")]
    biases = [p for name, p in theirs.items() if not name.endswith("weights")]
    groups = [{"params": weights, "weight_decay": 0.3}, {"params": biases, "weight_decay": 0.0}]
    peer = torch.optim.AdamW(groups, 0.03)
    for step in range(1, 11):
        network.gradient[0] = RNG.standard_normal(network.n_parameters)
        for name, gradient in network.gradients().items():
            theirs[name].grad = torch.tensor(gradient[0].copy())
        descent.factors[...] = descent.schedule(step, 1)[0]
        run(descent.program)
        peer.step()
        for name, p in network.parameters().items():
            np.testing.assert_allclose(p[0], theirs[name].detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_gradient_is_clipped_by_its_norm_as_pytorch_does():
    network = Network([small_spec(precision="float64", clip_norm=0.7)], 3, 3)
    gradient = RNG.standard_normal(network.n_parameters)
    theirs = torch.zeros(network.n_parameters, dtype=torch.float64, requires_grad=True)
    network.gradient[0], theirs.grad = gradient, torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([theirs], 0.7)
    run(clip_by_norm(network.specs, network.gradient))
    np.testing.assert_allclose(network.gradient[0], theirs.grad.numpy(), rtol=1e-6)


S = torch.optim.lr_scheduler
SCHEDULES = [
    ({"kind": "exponential", "rate": 0.9}, lambda o: S.ExponentialLR(o, 0.9), 1),
    ({"kind": "staircase", "factor": 0.3, "interval": 4}, lambda o: S.StepLR(o, 4, 0.3), 1),
    ({"kind": "cosine", "minimum": 0.1}, lambda o: S.CosineAnnealingLR(o, 60, eta_min=0.02), 3),
    (
        {"kind": "cosine", "cycle_epochs": 3, "growth": 2},
        lambda o: S.CosineAnnealingWarmRestarts(o, 9, T_mult=2),
        3,
    ),
    (
        {"kind": "one_cycle", "rise": 0.25, "start_divisor": 10, "end_divisor": 50},
        lambda o: S.OneCycleLR(o, 0.2, 60, pct_start=0.25, div_factor=10, final_div_factor=50),
        3,
    ),
    (
        {"kind": "inverse_decay", "decay": 0.5},
        lambda o: S.LambdaLR(o, lambda epoch: 1 / (1 + 0.5 * epoch)),
        1,
    ),
    (
        {"kind": "piecewise", "from_epochs": [5, 12], "factors": [0.1, 0.01]},
        lambda o: S.MultiStepLR(o, [5, 12], 0.1),
        1,
    ),
]


@pytest.mark.filterwarnings("ignore:.*lr_scheduler.step")
@pytest.mark.parametrize(
    ("schedule", "make", "steps"), SCHEDULES, ids=[str(each["kind"]) for each, *_ in SCHEDULES]
)
def test_schedules_are_pytorchs(schedule, make, steps):
    """``steps`` 1: PyTorch's scheduler steps once per epoch; 3: at each of an epoch's three steps."""
    spec = small_spec(learning_rate=0.2, epochs=20, schedule=schedule)
    ours = planned(spec, 60)[:: 3 // steps]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.2)
    scheduler, theirs = make(optimizer), []
    for _ in range(len(ours)):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_a_plateau_is_seen_when_pytorch_sees_it():
    spec = small_spec(schedule={"kind": "reduce_on_plateau", "patience": 2, "factor": 0.7, "threshold": 0.05})
    plateaus = Plateaus([spec])
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    peer = S.ReduceLROnPlateau(optimizer, factor=0.7, patience=2, threshold=0.05)

    class Metrics:
        dev_cost = np.zeros(1)

    for value in np.abs(RNG.standard_normal(40)) * np.linspace(2, 0.5, 40):
        Metrics.dev_cost = np.array([value])
        plateaus.observe([spec], Metrics)
        peer.step(value)
        assert plateaus.scale[0] == pytest.approx(optimizer.param_groups[0]["lr"])


def test_population_statistics_are_pytorchs_over_one_large_batch():
    layers = [{"units": 5, "batch_norm": True}]
    network, tensors = _network(layers=layers)
    network.measure_statistics(X)
    with torch.no_grad():
        expected = _logits(tensors, layers).numpy()
    np.testing.assert_allclose(network.logits(X)[0], expected, rtol=1e-9)

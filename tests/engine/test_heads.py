"""Heads: class weights, softened labels, several labels at once, outliers; soft and hard answers."""

import numpy as np
import pytest

from engine import Data, Network, Trainer, balanced_weights
from engine.heads.classification import SoftmaxHead
from tests.engine.examples import small_spec

RNG = np.random.default_rng(4)
X = RNG.standard_normal((9, 3))


def _cost(head, y, n_outputs) -> tuple[float, np.ndarray, Network]:
    network = Network([small_spec(head=head, precision="float64")], 3, n_outputs)
    return network.backward(X, y)[0], network.logits(X)[0], network


def test_weighted_and_smoothed_softmax_cost_is_the_formula():
    y, weights, s = RNG.integers(0, 3, 9), np.array([1.0, 4.0, 0.5]), 0.2
    head = {"kind": "softmax", "class_weights": weights.tolist(), "label_smoothing": s}
    cost, z, network = _cost(head, y, 3)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    q = np.eye(3)[y] * (1 - s) + s / 3
    assert cost == pytest.approx(np.mean(weights[y] * -(q * log_p).sum(axis=1)))
    assert network.evaluate(X, y)[0][0] == pytest.approx(cost)


def test_weighted_and_smoothed_sigmoid_cost_is_the_formula():
    y, (w0, w1), s = RNG.integers(0, 2, 9), (0.5, 3.0), 0.1
    head = {"kind": "sigmoid", "class_weights": (w0, w1), "label_smoothing": s}
    cost, z, network = _cost(head, y, 1)
    p, q = 1 / (1 + np.exp(-z[:, 0])), y * (1 - s) + s / 2
    assert cost == pytest.approx(-np.mean(w1 * q * np.log(p) + w0 * (1 - q) * np.log(1 - p)))
    assert network.evaluate(X, y)[0][0] == pytest.approx(cost)


def test_several_labels_at_once_are_sigmoids_side_by_side():
    y = RNG.integers(0, 2, (9, 4))
    cost, z, network = _cost("sigmoid", y, 4)
    p = 1 / (1 + np.exp(-z))
    assert cost == pytest.approx(-np.mean((y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)))
    np.testing.assert_array_equal(network.predict(X)[0], p > 0.5)
    assert network.evaluate(X, y)[1][0] == pytest.approx(np.mean((p > 0.5) != y))
    trainer = Trainer(small_spec(head="sigmoid"), Data(X, y, X, y, 4))
    assert list(trainer)[-1].epoch == 2


def test_huber_is_squared_near_and_straight_far():
    y = RNG.standard_normal((9, 2)) * 3
    cost, z, _ = _cost({"kind": "huber", "delta": 0.7}, y, 2)
    r = abs(z - y)
    assert (r < 0.7).any()
    assert (r > 0.7).any()
    assert cost == pytest.approx(np.mean(np.where(r < 0.7, r**2 / 2, 0.7 * (r - 0.35)).sum(axis=1)))


def test_soft_and_hard_answers_agree():
    for head, n in (("softmax", 3), ("sigmoid", 1)):
        network = Network([small_spec(head=head, seed=seed) for seed in (0, 1)], 3, n)
        p, hard = network.predict_proba(X), network.predict(X)
        assert hard.shape == (2, 9)
        np.testing.assert_array_equal(hard, p.argmax(axis=-1) if n == 3 else p[..., 0] > 0.5)
    values = Network([small_spec(head="huber")], 3, 1)
    np.testing.assert_array_equal(values.predict(X)[0], values.forward(X)[0, :, 0])


def test_balanced_weights_let_every_class_count_alike():
    y = np.array([0, 0, 0, 1])
    weights = balanced_weights(y, 3)
    assert weights == pytest.approx((4 / 9, 4 / 3, 0))
    assert weights[0] * 3 == pytest.approx(weights[1] * 1)


@pytest.mark.parametrize(
    ("head", "y", "n_outputs", "words"),
    [
        ({"kind": "softmax", "class_weights": (1, 2)}, [0, 1, 2], 3, "class_weights has 2 values, but there"),
        (
            {"kind": "sigmoid", "class_weights": (1, 2, 3)},
            [0, 1, 1],
            1,
            "there are 2 classes: give one for each",
        ),
        ("sigmoid", [[0, 1], [1, 0], [2, 0]], 2, "y_train has 2 in row 2, but the classes are 0 to 1"),
        ("sigmoid", [[0, 1], [1, 0], [1, 0]], 3, "y_train has 2 values per row, but n_outputs is 3"),
    ],
)
def test_answers_and_weights_that_do_not_fit_are_refused(head, y, n_outputs, words):
    data = Data(X[:3], np.array(y), X[:3], np.array(y), n_outputs)
    with pytest.raises(ValueError, match=words):
        Trainer(small_spec(head=head, batch_size=2), data)


@pytest.mark.parametrize("odd", [0.0, np.nan, np.inf, -np.inf])
def test_the_first_of_equal_logits_is_the_answer_and_a_diverged_network_errs(odd):
    z = np.round(RNG.normal(size=(4, 3, 200)))
    z[1, :, ::3], z[2, 0, 5] = odd, odd
    y = RNG.integers(0, 3, 200)
    with np.errstate(all="ignore"):
        misses = SoftmaxHead().judge(z, y).misses
        shifted = z - z.max(axis=1, keepdims=True)
    np.testing.assert_array_equal(misses, (shifted.argmax(axis=1) != y).sum(axis=1))
    alone = RNG.normal(size=(4, 3, 200))
    np.testing.assert_array_equal(
        SoftmaxHead().judge(alone, y).misses, (alone.argmax(axis=1) != y).sum(axis=1)
    )

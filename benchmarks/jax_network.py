"""The compared networks in JAX, as pure functions of a state; `peers.py` compiles and times them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.peers import KEEP_PROB, L2, RATE, Net

_tree = jax.tree_util.tree_map


def first_state(net: Net) -> dict[str, Any]:
    """Parameters, Adam's two moments and the count of steps; batch norm's statistics and a random key where
    they are needed."""
    numbers = np.random.default_rng(1)
    layers, running = [], []
    for before, after in zip(net.widths, net.widths[1:], strict=False):
        w = jnp.asarray(numbers.standard_normal((before, after), np.float32) * (2 / before) ** 0.5)
        layers.append((w, jnp.zeros(after), *[jnp.ones(after)] * net.regularised))
        running.append((jnp.zeros(after), jnp.ones(after)))
    state = {"layers": layers, "t": jnp.zeros(())}
    if net.optimizer == "adam":
        state |= {name: _tree(jnp.zeros_like, layers) for name in ("m", "v")}
    return state | ({"running": running[:-1], "key": jax.random.key(0)} if net.regularised else {})


def step(net: Net, state: dict[str, Any], x: Any, y: Any) -> tuple[dict[str, Any], Any]:
    """From a state and a batch to the next state and the cost."""
    layers, after = state["layers"], {"t": state["t"] + 1}
    (value, running), g = jax.value_and_grad(_cost, has_aux=True)(layers, net, state, x, y)
    if net.regularised:
        after |= {"running": running, "key": jax.random.fold_in(state["key"], len(layers))}
    if net.optimizer == "descent":
        return after | {"layers": _tree(lambda w, g: w - RATE * g, layers, g)}, value
    return after | _adam(state, after["t"], g), value


def _adam(state: dict[str, Any], t: Any, g: Any) -> dict[str, Any]:
    m = _tree(lambda m, g: 0.9 * m + 0.1 * g, state["m"], g)
    v = _tree(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], g)
    rate = RATE * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    layers = _tree(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), state["layers"], m, v)
    return {"layers": layers, "m": m, "v": v}


def _cost(layers: Any, net: Net, state: dict[str, Any], x: Any, y: Any) -> tuple[Any, Any]:
    z, running = _forward(layers, net, state, x)
    mean = -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y])
    if net.regularised:
        mean += L2 / (2 * net.batch) * sum(jnp.vdot(w, w) for w, *_ in layers)
    return mean, running


def _forward(layers: Any, net: Net, state: dict[str, Any], x: Any) -> tuple[Any, Any]:
    """Logits, and batch norm's statistics after this batch."""
    running = []
    for i, (w, b, *gamma) in enumerate(layers[:-1]):
        if net.regularised:
            key = jax.random.fold_in(state["key"], i)
            x, kept = _normalised(x @ w, *gamma, b, state["running"][i], key)
            running.append(kept)
        else:
            x = jax.nn.relu(x @ w + b)
    return x @ layers[-1][0] + layers[-1][1], running


def _normalised(z: Any, gamma: Any, beta: Any, kept: Any, key: Any) -> tuple[Any, Any]:
    """A hidden layer with batch norm and dropout."""
    mean, variance = z.mean(0), z.var(0)
    kept = _tree(lambda old, new: 0.9 * old + 0.1 * new, kept, (mean, variance))
    a = jax.nn.relu(gamma * (z - mean) * jax.lax.rsqrt(variance + 1e-5) + beta)
    return jnp.where(jax.random.bernoulli(key, KEEP_PROB, a.shape), a / KEEP_PROB, 0), kept

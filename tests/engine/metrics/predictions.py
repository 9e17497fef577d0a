"""Labels and predictions as hypothesis makes them: few distinct probabilities, so that ties are common."""

import numpy as np
from hypothesis import strategies as st

Pair = tuple[np.ndarray, np.ndarray]


@st.composite
def several_classes(draw: st.DrawFn, classes: int = 5) -> Pair:
    """y (m,) with some classes perhaps absent, and probabilities (m, n) that add up to one."""
    m, n = draw(st.integers(1, 40)), draw(st.integers(3, classes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y = rng.integers(0, draw(st.integers(1, n)), m)
    weights = rng.integers(1, draw(st.integers(2, 30)), (m, n)).astype(np.float64)
    return y, weights / weights.sum(axis=1, keepdims=True)


@st.composite
def two_classes(draw: st.DrawFn) -> Pair:
    """y (m,) of 0 and 1, and the probability of 1 (m,)."""
    m = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(0, draw(st.integers(1, 2)), m), rng.integers(0, 21, m) / 20


@st.composite
def independent_labels(draw: st.DrawFn) -> Pair:
    """y (m, n) of 0 and 1, and a probability for each (m, n)."""
    m, n = draw(st.integers(1, 40)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(0, 2, (m, n)), rng.integers(0, 21, (m, n)) / 20


@st.composite
def targets(draw: st.DrawFn) -> Pair:
    """Targets and predictions (m,) or (m, outputs)."""
    m, outputs = draw(st.integers(2, 30)), draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (m, outputs) if outputs else (m,)
    y = rng.normal(draw(st.floats(-100, 100)), 3, shape)
    return y, y + rng.normal(0, draw(st.floats(0, 5)), shape)

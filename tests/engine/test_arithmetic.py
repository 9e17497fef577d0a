"""How the engine computes, and that nobody else computes like that."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from engine import Network, Trainer
from engine.arithmetic import FLUSHES_DENORMALS, Arithmetic
from tests.engine.examples import small_data, small_spec

#: How many numbers of a product of denormals are zero, in a forked process and in the one that forked it.
FORKED = """
import os, sys
import numpy as np
from engine.arithmetic import Arithmetic

a, b = np.full((256, 256), 1e-30, np.float32), np.full((256, 256), 1e-10, np.float32)
arithmetic = Arithmetic()
arithmetic.run(np.matmul, a, b)
child = os.fork()
for _ in range(2):
    (arithmetic if sys.argv[1] == "before" else Arithmetic()).run(np.matmul, a, b)
if child:
    os.waitpid(child, 0)
print(np.count_nonzero(a @ b == 0), flush=True)
"""
SMALL, SMALLER = np.float32(1e-30), np.float32(1e-10)
DENORMAL = np.full(64, 1e-39, dtype=np.float32)


def _product() -> np.float32:
    return np.multiply(SMALL, SMALLER)


def test_on_linux_and_x86_with_the_c_library_of_gnu_denormals_are_zero():
    machine = sys.platform, platform.machine(), platform.libc_ver()[0]
    assert (machine == ("linux", "x86_64", "glibc")) == FLUSHES_DENORMALS


def test_a_product_too_small_is_zero_inside_and_a_denormal_before_and_after():
    before, inside, after = _product(), Arithmetic().run(_product), _product()
    assert (inside == 0) == FLUSHES_DENORMALS
    assert before == after > 0


def test_a_denormal_that_is_there_counts_as_zero_inside():
    inside = Arithmetic().run(np.multiply, DENORMAL, np.float32(1e20))
    assert (not inside.any()) == FLUSHES_DENORMALS


def test_an_error_inside_leaves_denormals_outside_as_they_were():
    with pytest.raises(ZeroDivisionError):
        Arithmetic().run(lambda: 1 // 0)
    assert _product() > 0


def test_another_call_while_one_runs_is_refused_and_leaves_the_outside_as_it_was():
    arithmetic = Arithmetic()
    with pytest.raises(RuntimeError):
        arithmetic.run(arithmetic.run, _product)
    assert _product() > 0


def test_calls_of_several_may_stand_in_each_other():
    inner, outer = Arithmetic(), Arithmetic()
    assert (outer.run(lambda: (inner.run(_product), _product())[1]) == 0) == FLUSHES_DENORMALS
    assert _product() > 0


@pytest.mark.parametrize("first", ["before", "after"])
def test_threads_of_blas_keep_denormals_outside_also_in_a_forked_process(first):
    """A product of two threads, after one of the engine, by an Arithmetic from before the fork or after."""
    command = [sys.executable, "-c", FORKED, first]
    done = subprocess.run(
        command, env=os.environ | {"OPENBLAS_NUM_THREADS": "2"}, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["0", "0"]


def test_overflow_is_told_outside_only():
    large = np.full(3, 3e38, dtype=np.float32)
    assert np.isinf(Arithmetic().run(np.add, large, large)).all()
    with pytest.raises(RuntimeWarning, match="overflow"):
        np.add(large, large)


def test_between_two_events_denormals_are_kept():
    for _ in Trainer(small_spec(), small_data()):
        assert _product() > 0


def test_moments_of_weights_that_nothing_moves_fade_to_zero():
    """With denormals the smallest of all, times 0.9, is rounded to itself for ever."""
    trainer = Trainer(small_spec(optimizer={"kind": "momentum", "beta": 0.9}), small_data())
    moments = trainer.descent.moments[0]
    moments[:] = 1
    trainer.network.gradient[:] = 0
    for _ in range(1_200):
        trainer.apply_gradients()
        trainer.network.gradient[:] = 0
    assert (not moments.any()) == FLUSHES_DENORMALS


def test_an_evaluation_computes_like_a_step():
    data = small_data()
    network = Network([small_spec()], data.n_features, data.n_outputs)
    network.theta[:] = 0
    network.parameters()["layers.0.biases"][:] = 1e-39
    network.parameters()["output.weights"][:] = 1e20
    assert (not network.logits(data.x_dev).any()) == FLUSHES_DENORMALS

"""Arithmetic: how the engine computes. NumPy does not warn of overflow, and denormals count as zero.

A denormal is a number too small for the usual form, in float32 below 1.2e-38, and a processor may take a
hundred times as long with one. Training makes many: the probability of a class that is out of the question,
all that it is multiplied with on the way back, the moments of weights that nothing moves any more.
"""

from __future__ import annotations

import contextvars
import ctypes
import os
import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

Result = TypeVar("Result")

#: Bits of the register MXCSR that take denormal results (15) and operands (6) for zero: Intel 64 and IA-32
#: Architectures Software Developer's Manual, volume 1, section 10.2.3.
_FLUSH = 1 << 15 | 1 << 6


class _Settings(ctypes.Structure):
    """``fenv_t`` of the GNU C library on x86-64: the settings of the x87 unit and MXCSR, a thread's own."""

    _fields_ = (("x87", ctypes.c_uint8 * 28), ("mxcsr", ctypes.c_uint32))


def _c_library() -> ctypes.PyDLL | None:
    """What reads and writes such settings. It keeps the interpreter's lock: to give it up takes longer."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    try:
        return ctypes.PyDLL("libm.so.6")
    except OSError:  # another C library
        return None


_library = _c_library()
FLUSHES_DENORMALS = _library is not None


class Arithmetic:
    """Calls functions under the engine's arithmetic, one at a time; outside of them all is as it was.

    Denormals stay what they are in further threads of BLAS, and where those settings are out of reach.
    """

    def __init__(self) -> None:
        # To enter a context costs 0.1 us, to enter ``np.errstate`` 1.3 us.
        self._context = contextvars.copy_context()
        self._context.run(partial(np.seterr, all="ignore"))
        # Settings before and within; to make a reference takes as long as half a call.
        before, within = _Settings(), _Settings()
        self._before, self._within = ctypes.byref(before), ctypes.byref(within)
        if _library:
            _library.fegetenv(self._within)
            within.mxcsr |= _FLUSH

    def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """``function(*arguments)``, 1 us later. Raises RuntimeError while it runs another one."""
        if _library is None:
            return self._context.run(function, *arguments)
        return self._context.run(self._flushed, _library, function, *arguments)

    def _flushed(self, library: ctypes.PyDLL, function: Callable[..., Result], *arguments: Any) -> Result:
        if not _blas.has_threads:
            _blas.start_threads()
        library.fegetenv(self._before)
        try:
            library.fesetenv(self._within)
            return function(*arguments)
        finally:
            library.fesetenv(self._before)


class _Blas:
    """Threads have the settings of whoever starts them, and BLAS starts its own, anew after a fork, at the
    first product that is worth it: that one is made here, before any settings are changed, so that they are
    alike in all processes and afterwards."""

    def __init__(self) -> None:
        self.has_threads = False
        os.register_at_fork(after_in_parent=self.forget_threads, after_in_child=self.forget_threads)

    def start_threads(self) -> None:
        square = np.ones((256, 256), dtype=np.float32)
        np.matmul(square, square)
        self.has_threads = True

    def forget_threads(self) -> None:
        self.has_threads = False


_blas = _Blas()

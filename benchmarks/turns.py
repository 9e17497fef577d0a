"""Turns: two libraries train in processes of their own, one after the other, again and again.

These machines drift by tenths within minutes, so a figure by itself says little. A ratio of two turns that
follow each other says more, and the median of many such ratios is what the benchmarks report. While one
works the other is stopped, threads that spin and all.
"""

import os
import signal
import subprocess
import sys
from statistics import median

from benchmarks.peers import named

_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Library:
    """A library in a process that may use so many threads, stopped but when it is asked for something."""

    def __init__(self, name: str, threads: int) -> None:
        environment = {**os.environ, **dict.fromkeys(_LIMITS, str(threads)), "JAX_PLATFORMS": "cpu"}
        cores = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[:threads])
        command = ["taskset", "-c", cores, sys.executable, "-m", "benchmarks.peers", name]
        self.name = name
        self._process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._passes: dict[str, int] = {}

    def seconds_per_step(self, net: str, seconds: float) -> float:
        """Of a turn that takes about ``seconds``."""
        if net not in self._passes:
            self._passes[net] = max(1, round(seconds / self._ask(net, 1)))
        passes = self._passes[net]
        return self._ask(net, passes) / passes / named(net).steps

    def _ask(self, net: str, passes: int) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.write(f"{passes} {net}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} failed on {net}; what it printed is above.")
        self._process.send_signal(signal.SIGSTOP)
        return float(answer)

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *reason: object) -> None:
        self._process.kill()
        self._process.wait()


def ratio(ours: Library, theirs: Library, net: str, pairs: int, seconds: float) -> float:
    """Their seconds per step over ours: the median of so many pairs of turns."""
    for library in (ours, theirs):
        library.seconds_per_step(net, seconds)
    ratios = []
    for pair in range(pairs):
        order = (ours, theirs) if pair % 2 else (theirs, ours)
        took = {library: library.seconds_per_step(net, seconds) for library in order}
        ratios.append(took[theirs] / took[ours])
    return median(ratios)

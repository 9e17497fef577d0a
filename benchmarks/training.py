"""Training speed of the engine beside scikit-learn, PyTorch and JAX: same nets, batches and threads.

Every measurement is a process of its own (`benchmarks/peers.py`), with data in memory and a warm-up.
Ours and the peer's alternate; printed is the median of the pairs' ratios, the peer's time over ours,
the worse of one thread and all cores. A peer that is not installed is left out.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from statistics import median

from benchmarks.peers import NETS, PEERS
from benchmarks.report import last_line, options, table

THREADS = sorted({1, os.cpu_count() or 1})
PAIRS = {True: 1, False: 5}
SECONDS = {True: 0.3, False: 1.0}  # of training in each measurement


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", nargs="*", metavar="NET", help="some of the networks")
    asked = parser.parse_args()
    nets = [net for net in NETS if not asked.only or net in asked.only]
    peers = [peer for peer, module in PEERS.items() if peer != "hone" and find_spec(module)]
    rows, speedup = [], {}
    for net in nets:
        ratios = {peer: worst_ratio(net, peer, asked.quick) for peer in peers}
        speedup[net] = {peer: round(ratio, 2) for peer, ratio in ratios.items()}
        rows.append((net, *ratios.values()))
    table(("peer's time over ours", *peers), rows)
    last_line({"speedup": speedup})


def worst_ratio(net: str, peer: str, quick: bool) -> float:
    """The median ratio with the number of threads that suits us least."""
    return min(median(ratio(net, peer, threads, quick) for _ in range(PAIRS[quick])) for threads in THREADS)


def ratio(net: str, peer: str, threads: int, quick: bool) -> float:
    """The peer's seconds per step over ours, one after the other."""
    ours, theirs = (seconds_per_step(name, net, threads, SECONDS[quick]) for name in ("hone", peer))
    return theirs / ours


def seconds_per_step(name: str, net: str, threads: int, seconds: float) -> float:
    """Measured in a fresh process that may use so many threads."""
    limits = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    cores = ",".join(str(core) for core in range(threads))
    environment = {**os.environ, **dict.fromkeys(limits, str(threads)), "JAX_PLATFORMS": "cpu"}
    command = ["taskset", "-c", cores, sys.executable, "-m", "benchmarks.peers", name, net, str(seconds)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()

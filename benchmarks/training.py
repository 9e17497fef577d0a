"""Training speed of the engine beside scikit-learn, PyTorch and JAX: same nets, batches and threads.

Every library trains in a process of its own with data in memory, ours and a peer's in turns (`turns.py`), on
one thread and on all cores; the last line reports the worse of the two. Ratios are the peer's time over
ours; JAX's whole pass in one scan stands beside and is not judged. PyTorch's weight decay stands in for L2
and, unlike ours and JAX's, leaves the penalty out of the cost. Then the share of the machine's sgemm rate,
what a cohort gains, and memory. Peers that are not installed are left out: `make peers` adds JAX and PyTorch.
"""

import os
from argparse import Namespace
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from benchmarks import cost_per_step, memory, mnist
from benchmarks.peers import NETS, named
from benchmarks.report import last_line, options, table
from benchmarks.turns import Library, ratio

PEERS = {"sklearn": "sklearn", "torch": "torch", "jax": "jax", "jax scan": "jax"}
JUDGED = ("sklearn", "torch", "jax")
COHORTS = {"20-8-8-2": (128, 64, 16), "64-64-32-10": (8, 16, 4)}
WIDEST = "784-1024-1024-10"
PAIRS, SECONDS = {True: 1, False: 15}, {True: 0.05, False: 0.2}
THREADS = sorted({1, len(os.sched_getaffinity(0))})

Ratios = dict[str, dict[str, float]]  # net -> peer -> its time over ours


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--only", nargs="*", metavar="NET", help="some of the networks")
    parser.add_argument("--mnist", type=Path, metavar="FILE", help="mnist.npz, to train on it beside PyTorch")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw cost per step by width and depth: .png"
    )
    asked = parser.parse_args()
    asked.only = asked.only or [net for net in NETS if " " not in net or not asked.quick]
    found = {threads: measure(threads, asked) for threads in THREADS}
    result = {
        "speedup": worst([speed for speed, *_ in found.values()]),
        "sgemm_share": min(share for _, share, _ in found.values()),
        "cohort_gain": found[1][2],
        **memory.measured(),
    }
    if asked.mnist:
        result["mnist"] = mnist.trained(asked.mnist, quick=asked.quick)
    if asked.plot:
        cost_per_step.draw(asked.plot, quick=asked.quick)
    last_line(result)


def measure(threads: int, asked: Namespace) -> tuple[Ratios, float, dict[str, float]]:
    """Ratios to all peers, the share of sgemm, and on one thread what the best cohorts gain."""
    peers = [peer for peer, module in PEERS.items() if find_spec(module)]
    if asked.quick:
        peers = [peer for peer in peers if peer in JUDGED]
    how = PAIRS[asked.quick], SECONDS[asked.quick]
    with ExitStack() as stack:
        ours, sgemm, *theirs = (
            stack.enter_context(Library(name, threads)) for name in ("hone", "sgemm", *peers)
        )
        speed: Ratios = {net: {} for net in asked.only}
        for net in speed:
            for peer in theirs:
                if not (peer.name == "sklearn" and named(net).regularised):
                    speed[net][peer.name] = round(ratio(ours, peer, net, *how), 2)
        share = round(ratio(ours, sgemm, WIDEST, *how), 3)
        report(threads, speed, peers, share)
        gains = {net: cohort_gain(ours, net, threads, asked.quick) for net in COHORTS} if threads == 1 else {}
    return speed, share, gains


def report(threads: int, speed: Ratios, peers: list[str], share: float) -> None:
    """Print what was measured with so many threads."""
    heading = f"{threads} thread{'s' * (threads > 1)}: peer's time over ours"
    rows = [(net, *(ratios.get(peer, "-") for peer in peers)) for net, ratios in speed.items()]
    table((heading, *peers), rows)
    print(f"share of the sgemm rate on {WIDEST}: {share}\n", flush=True)


def cohort_gain(ours: Library, net: str, threads: int, quick: bool) -> float:
    """Network-steps per second of the best size over those of one network."""
    gains = {}
    for members in COHORTS[net][: 1 if quick else None]:
        with Library(f"hone {members}", threads) as cohort:
            slower = ratio(ours, cohort, net, PAIRS[quick], SECONDS[quick])
            gains[members] = round(members / slower, 2)
    table((f"{net}: networks together", "gain"), [(str(members), gain) for members, gain in gains.items()])
    return max(gains.values())


def worst(found: list[Ratios]) -> Ratios:
    """The lowest ratio of each net and judged peer over the numbers of threads."""
    return {
        net: {peer: min(each[net][peer] for each in found) for peer in JUDGED if peer in found[0][net]}
        for net in found[0]
    }


if __name__ == "__main__":
    main()

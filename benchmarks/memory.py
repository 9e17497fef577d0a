"""Memory of training: what the loop leaves on the heap, and the peak beside the data and the parameters.

Both are measured in processes of their own: `python -m benchmarks.memory` prints them as JSON.
"""

import json
import subprocess
import sys
import tracemalloc
from itertools import islice
from pathlib import Path

import numpy as np

STEPS = 1_000


def measured() -> dict[str, float]:
    """`heap_growth_bytes` over 1,000 steps, and `peak_over_data` of training on MNIST's shapes."""
    found: dict[str, float] = {}
    for part in ("heap", "peak"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.memory", part], check=True, stdout=subprocess.PIPE, text=True
        )
        found |= json.loads(done.stdout)
    return found


def heap() -> dict[str, int]:
    """Bytes that Python and NumPy hold after 1,000 steps beyond those they held before."""
    from engine import Data, Spec, train

    numbers = np.random.default_rng(0)
    m = 64 * 2 * STEPS
    x, y = numbers.standard_normal((m, 20), np.float32), numbers.integers(2, size=m)
    spec = Spec(layers=[{"units": 8}, {"units": 8}], head="softmax", batch_size=64, epochs=1)
    events = train(spec, Data(x, y, x[:64], y[:64], 2))
    tracemalloc.start()
    for _ in islice(events, STEPS // 2):
        pass
    before = tracemalloc.get_traced_memory()[0]
    # The number read is on the heap itself: the second reading has it counted, and takes its place.
    before = tracemalloc.get_traced_memory()[0]
    for _ in islice(events, STEPS):
        pass
    return {"heap_growth_bytes": tracemalloc.get_traced_memory()[0] - before}


def peak() -> dict[str, float]:
    """What the process grows by from before there is data to the most it ever held, over the bytes of 60,000
    training and 10,000 dev images in float32 and the parameters of 784-512-512-10."""
    from engine import Data, Spec, Trainer

    before = _most_resident()
    numbers = np.random.default_rng(0)
    x, x_dev = (numbers.random((m, 784), np.float32) for m in (60_000, 10_000))
    y, y_dev = (numbers.integers(10, size=m, dtype=np.uint8) for m in (60_000, 10_000))
    spec = Spec(layers=[{"units": 512}, {"units": 512}], head="softmax", batch_size=128, epochs=1)
    trainer = Trainer(spec, Data(x, y, x_dev, y_dev, 10))
    for _ in trainer:
        pass
    given = sum(array.nbytes for array in (x, x_dev, y, y_dev, trainer.network.theta))
    return {"peak_over_data": round((_most_resident() - before) / given, 3)}


def _most_resident() -> int:
    """The most bytes of memory this process ever held. What `resource` tells counts its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    print(json.dumps({"heap": heap, "peak": peak}[sys.argv[1]]()))

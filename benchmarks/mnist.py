"""MNIST: a plain 784-512-512-10 with dropout, by the engine and by PyTorch, the same epochs on all cores.

`python -m benchmarks.mnist hone FILE EPOCHS` trains one of them and prints error and seconds as JSON.
The engine's seconds include making the network and its look at 10,000 training images after every epoch.
Both take Adam from 0.001 down a half cosine, batches of 128, and look at the test part after every epoch.
"""

import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.report import table

EPOCHS = {True: 1, False: 25}
UNITS, KEEP_PROB, BATCH, RATE = 512, 0.6, 128, 0.001


def trained(file: Path, quick: bool) -> dict[str, dict[str, float]]:
    """Test error in percent and seconds of each library that is installed."""
    found = {}
    for library in ("hone", "torch"):
        if library == "hone" or find_spec(library):
            command = [sys.executable, "-m", "benchmarks.mnist", library, str(file), str(EPOCHS[quick])]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[library] = json.loads(done.stdout)
    heading = f"MNIST, {EPOCHS[quick]} epochs"
    table((heading, "test error %", "seconds"), [(name, *each.values()) for name, each in found.items()])
    return found


def read(file: Path) -> tuple[np.ndarray, ...]:
    """Images (m, 784) float32 in 0 to 1 and labels, of the training and of the test part."""
    with np.load(file) as arrays:
        images = (arrays[name].reshape(-1, 784) / np.float32(255) for name in ("x_train", "x_test"))
        x_train, x_test = images
        return x_train, arrays["y_train"].astype(np.int64), x_test, arrays["y_test"].astype(np.int64)


def hone(file: Path, epochs: int) -> tuple[float, float]:
    """The last epoch's test error, and seconds."""
    from engine import Data, Dense, EpochMetrics, Spec, train

    data = Data(*read(file), n_outputs=10)
    layers = (Dense(units=UNITS, keep_prob=KEEP_PROB),) * 2
    spec = Spec(
        layers=layers,
        head="softmax",
        batch_size=BATCH,
        epochs=epochs,
        learning_rate=RATE,
        schedule="cosine",
    )
    start = time.perf_counter()
    error = 1.0
    for event in train(spec, data):
        if isinstance(event, EpochMetrics):
            error = float(event.dev_error[0])
    return error, time.perf_counter() - start


def torch(file: Path, epochs: int) -> tuple[float, float]:
    """The last epoch's test error, and seconds."""
    import torch as library
    from torch import nn

    library.manual_seed(0)
    x, y, x_test, y_test = (library.from_numpy(array) for array in read(file))
    layers: list[nn.Module] = []
    for before, after in ((784, UNITS), (UNITS, UNITS)):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(1 - KEEP_PROB)]
    model = nn.Sequential(*layers, nn.Linear(UNITS, 10))
    optimizer = library.optim.Adam(model.parameters(), lr=RATE, fused=True)
    schedule = library.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(x) // BATCH))
    cost = nn.CrossEntropyLoss()
    start = time.perf_counter()
    error = 1.0
    for _ in range(epochs):
        model.train()
        for rows in library.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            cost(model(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
        model.eval()
        with library.no_grad():
            error = float((model(x_test).argmax(1) != y_test).float().mean())
    return error, time.perf_counter() - start


if __name__ == "__main__":
    error, seconds = {"hone": hone, "torch": torch}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"test_error_percent": round(100 * error, 2), "seconds": round(seconds, 1)}))

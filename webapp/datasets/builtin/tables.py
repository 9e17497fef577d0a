"""Small classic tables out of scikit-learn's wheel, which is imported only when one is built."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from webapp.datasets.builtin.registry import Builtin


def _loader(function: str, target: str, classes: bool = True) -> Callable[[], pl.DataFrame]:
    """A maker of the table that scikit-learn's `function` loads, with its class names for classes."""

    def make() -> pl.DataFrame:
        bunch = getattr(import_module("sklearn.datasets"), function)()
        columns = {str(name): bunch.data[:, i] for i, name in enumerate(bunch.feature_names)}
        named = [str(bunch.target_names[code]) for code in bunch.target] if classes else bunch.target
        return pl.DataFrame(columns | {target: named})

    return make


def _digits() -> Any:
    return import_module("sklearn.datasets").load_digits()


def _digit_pixels() -> npt.NDArray[np.uint8]:
    """The images (1797, 8, 8, 1); the 17 greys of the original spread over 0 to 255."""
    return (_digits().images[..., None] * (255 / 16)).round().astype(np.uint8)


TABLES = (
    Builtin(
        key="digits",
        title="Digits",
        rows=1797,
        features=64,
        task="multiclass",
        teaches="handwritten digits of 8 x 8 pixels, the classic first success: a small network passes 96%.",
        target="digit",
        make=lambda: pl.DataFrame({"digit": _digits().target.astype(str)}),
        pixels=_digit_pixels,
    ),
    Builtin(
        key="breast_cancer",
        title="Breast cancer",
        rows=569,
        features=30,
        task="binary",
        teaches="a real diagnosis from 30 measurements, where normalised inputs make all the difference.",
        target="diagnosis",
        make=_loader("load_breast_cancer", "diagnosis"),
    ),
    Builtin(
        key="wine",
        title="Wine",
        rows=178,
        features=13,
        task="multiclass",
        teaches="three growers told apart by chemistry: so few rows that the split decides much.",
        target="cultivar",
        make=_loader("load_wine", "cultivar"),
    ),
    Builtin(
        key="iris",
        title="Iris",
        rows=150,
        features=4,
        task="multiclass",
        teaches="three flowers by four measurements, trained in a blink: good for trying every knob.",
        target="species",
        make=_loader("load_iris", "species"),
    ),
    Builtin(
        key="diabetes",
        title="Diabetes",
        rows=442,
        features=10,
        task="regression",
        teaches="how far a disease goes within a year: noisy numbers, on which big networks overfit.",
        target="progression",
        make=_loader("load_diabetes", "progression", classes=False),
    ),
)

"""Numbers to predict: a plane, which needs no hidden layer, and a wave, which needs one."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from webapp.datasets.generators.base import Generator, Noise


class Plane(Generator):
    """y = 2 x1 - x2 + 1 and noise, the inputs between -1 and 1."""

    kind: ClassVar[str] = "plane"
    title: ClassVar[str] = "Regression plane"
    teaches: ClassVar[str] = "A line in more dimensions: the best error is the noise, and no layer beats it."
    answer: ClassVar[str] = "y"

    noise: Noise = 0.2

    def points(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        inputs = rng.uniform(-1, 1, (self.n, 2))
        return inputs, inputs @ [2.0, -1.0] + 1 + rng.normal(0, self.noise, self.n)


class Waves(Generator):
    """y = sin(2π waves x) and noise, x between 0 and 1."""

    kind: ClassVar[str] = "waves"
    title: ClassVar[str] = "Regression waves"
    teaches: ClassVar[str] = (
        "More waves need more units; few rows and much noise show what overfitting looks like."
    )
    answer: ClassVar[str] = "y"

    noise: Noise = 0.2
    waves: Annotated[float, Field(ge=0.5, le=20, title="Waves")] = 2

    def points(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(0, 1, (self.n, 1))
        return x, np.sin(2 * np.pi * self.waves * x[:, 0]) + rng.normal(0, self.noise, self.n)

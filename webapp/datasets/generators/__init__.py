"""Tables made to measure: a lesson about what networks can and cannot learn starts in ten seconds."""

from webapp.datasets.generators.base import Generator
from webapp.datasets.generators.classes import Blobs, Circles, Moons, Spirals, Xor
from webapp.datasets.generators.numbers import Plane, Waves

# In the order the page shows them; a new one is a class and its place here.
GENERATORS: dict[str, type[Generator]] = {
    one.kind: one for one in (Moons, Circles, Spirals, Blobs, Xor, Plane, Waves)
}

__all__ = ["GENERATORS", "Generator"]

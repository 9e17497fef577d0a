"""Strategies: where in the space the next trials are."""

from typing import Annotated

from pydantic import Field

from engine.choices import BARE_STRING

from .random import Random
from .strategy import Result, Strategy

AnyStrategy = Annotated[Random, Field(), BARE_STRING]

__all__ = ["AnyStrategy", "Random", "Result", "Strategy"]

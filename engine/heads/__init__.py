"""Heads: the output layer's function, its cost and the cost's gradient with respect to the logits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..choices import BARE_STRING, registry
from .base import Head, Judgement
from .classification import SigmoidHead, SoftmaxHead, balanced_weights
from .regression import HuberHead, SquaredErrorHead

AnyHead = Annotated[
    SoftmaxHead | SigmoidHead | SquaredErrorHead | HuberHead, Field(discriminator="kind"), BARE_STRING
]
HEADS: dict[str, type[Head]] = registry(AnyHead)

__all__ = [
    "HEADS",
    "AnyHead",
    "Head",
    "HuberHead",
    "Judgement",
    "SigmoidHead",
    "SoftmaxHead",
    "SquaredErrorHead",
    "balanced_weights",
]

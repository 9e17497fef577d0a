"""Names of runs that nobody named."""

from __future__ import annotations

import re

from django.contrib.auth.models import AbstractBaseUser

from engine import Spec
from engine.optimizers import OPTIMIZERS
from webapp.datasets.models import Version
from webapp.runs.forms.numbers import rough
from webapp.runs.models import Run

LONGEST = 200


def described(version: Version, spec: Spec) -> str:
    """What tells this run from others: "Digits, 64-32, Adam 0.001"."""
    widths = [str(layer.units) for layer in spec.layers]
    shape = "-".join(widths) if len(widths) <= 6 else f"{len(widths)} layers"
    optimizer = OPTIMIZERS[spec.optimizer.kind].model_config["title"]
    ending = f", {shape}, {optimizer} {rough(spec.learning_rate)}"
    return version.name[: LONGEST - len(ending)] + ending


def copied(run: Run, owner: AbstractBaseUser) -> str:
    """The name of `run` with the next free number: "Digits (2)"."""
    base = re.sub(r" \([0-9]+\)$", "", run.name)[: LONGEST - 8]
    taken = set(Run.objects.visible_to(owner).filter(name__startswith=base).values_list("name", flat=True))
    number = 2
    while f"{base} ({number})" in taken:
        number += 1
    return f"{base} ({number})"

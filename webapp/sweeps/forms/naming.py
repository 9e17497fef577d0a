"""Names of sweeps that nobody named."""

from __future__ import annotations

import re

from django.contrib.auth.models import AbstractBaseUser

from webapp.datasets.models import Version
from webapp.runs.forms.naming import LONGEST
from webapp.sweeps.models import Sweep
from webapp.sweeps.space import Space
from webapp.sweeps.wording import title_of

MOST_TITLES = 3


def described(version: Version, space: Space) -> str:
    """What tells this sweep from others: "Digits, learning rate, L2 and 2 more"."""
    titles = [title_of(path).lower() for path in space.dimensions]
    more = f" and {len(titles) - MOST_TITLES} more" if len(titles) > MOST_TITLES else ""
    ending = ", " + ", ".join(titles[:MOST_TITLES]) + more
    return version.name[: max(0, LONGEST - len(ending))] + ending[:LONGEST]


def copied(sweep: Sweep, owner: AbstractBaseUser) -> str:
    """The name of `sweep` with the next free number: "Digits, l2 (2)"."""
    base = re.sub(r" \([0-9]+\)$", "", sweep.name)[: LONGEST - 8]
    return _numbered(base, _taken(base, owner))


def next_round(sweep: Sweep) -> str:
    """The name of the round after `sweep`: "Digits, l2, round 2", or with a number where that is taken."""
    base = re.sub(r", round [0-9]+( \([0-9]+\))?$", "", sweep.name)[: LONGEST - 24]
    name = f"{base}, round {sweep.round + 1}"
    taken = _taken(name, sweep.owner)
    return _numbered(name, taken) if name in taken else name


def _taken(base: str, owner: AbstractBaseUser) -> set[str]:
    return set(Sweep.objects.visible_to(owner).filter(name__startswith=base).values_list("name", flat=True))


def _numbered(base: str, taken: set[str]) -> str:
    number = 2
    while f"{base} ({number})" in taken:
        number += 1
    return f"{base} ({number})"

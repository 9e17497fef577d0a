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
BASE = LONGEST - 8  # letters that leave room for a number


def described(version: Version, space: Space, owner: AbstractBaseUser) -> str:
    """What tells this sweep from others: "Digits, learning rate, units and 2 more"; with a number where it is
    taken."""
    titles = [_named(path) for path in space.dimensions]
    more = f" and {len(titles) - MOST_TITLES} more" if len(titles) > MOST_TITLES else ""
    ending = ", " + ", ".join(titles[:MOST_TITLES]) + more
    return _free(version.name[: max(0, BASE - len(ending))] + ending[:BASE], owner)


def _named(path: str) -> str:
    """A dimension without a comma: "learning rate", "L2 (lambda)", "units", "units of hidden layer 2"."""
    where, _, what = title_of(path).partition(", ")
    if not what:
        return where.lower() if where[1:2].islower() else where
    return what if where == "All layers" else f"{what} of {where.lower()}"


def copied(sweep: Sweep, owner: AbstractBaseUser) -> str:
    """The name of `sweep` with the next free number: "Digits, l2 (2)"."""
    base = re.sub(r" \([0-9]+\)$", "", sweep.name)[:BASE]
    return _numbered(base, _taken(base, owner))


def next_round(sweep: Sweep) -> str:
    """The name of the round after `sweep`: "Digits, l2, round 2", or with a number where that is taken."""
    base = re.sub(r", round [0-9]+( \([0-9]+\))?$", "", sweep.name)[: LONGEST - 24]
    return _free(f"{base}, round {sweep.round + 1}", sweep.owner)


def _free(name: str, owner: AbstractBaseUser) -> str:
    taken = _taken(name, owner)
    return _numbered(name, taken) if name in taken else name


def _taken(base: str, owner: AbstractBaseUser) -> set[str]:
    return set(Sweep.objects.visible_to(owner).filter(name__startswith=base).values_list("name", flat=True))


def _numbered(base: str, taken: set[str]) -> str:
    number = 2
    while f"{base} ({number})" in taken:
        number += 1
    return f"{base} ({number})"

"""Who asks, about which dataset, with which spec; each is refused in words that say how to mend it."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, ProgrammingError
from django.db.models import Q
from pydantic import ValidationError

from engine import Spec, problems
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.incoming.builtins import take
from webapp.datasets.models import Dataset, Version
from webapp.runs.forms.checks import problems_with
from webapp.runs.forms.merging import merged
from webapp.runs.forms.naming import LONGEST
from webapp.runs.forms.presets import DEFAULT, PRESETS
from webapp.runs.keyboard import came_to_nothing, refused
from webapp.runs.keyboard.documents import Document, Spellings
from webapp.runs.keyboard.laboratory import START, has_workers

OWNER = "owner"  # whoever started the laboratory
READING = 0.2  # seconds between two looks at a dataset that is being read
SHOWN = 20


def add_arguments(parser: ArgumentParser) -> None:
    """What the commands that train have in common."""
    parser.add_argument("--dataset", required=True, metavar="NAME", help="its name or number")
    parser.add_argument("--name", default="", help="what to call it")
    parser.add_argument("--user", help="whose it shall be; without it the owner's of the laboratory")
    parser.add_argument(
        "--wait", action=BooleanOptionalAction, default=True, help="wait for the end and show the progress"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="how long to wait for a worker to take it before looking for one (5)",
    )


def person(username: str | None) -> AbstractBaseUser:
    """The account of this name, or of whoever looks after the laboratory."""
    people = get_user_model().objects.filter(is_active=True)
    try:
        if username is not None:
            found = people.filter(username=username).first()
        else:
            found = people.filter(username=OWNER).first() or people.filter(is_superuser=True).first()
    except (OperationalError, ProgrammingError):
        raise refused(f"The laboratory in {settings.HONE_HOME} was never started. {START}") from None
    if found is None and username is not None:
        raise refused(f"There is no active account named {username}. Leave out --user to be the owner.")
    if found is None:
        raise refused(f"The laboratory in {settings.HONE_HOME} has no owner yet. {START}")
    return found


def title(name: str) -> str:
    """A name that fits, or none."""
    if len(name) > LONGEST:
        raise refused(f"--name has {len(name)} characters: give at most {LONGEST}.")
    return name.strip()


def version_of(text: str, user: AbstractBaseUser, patience: float) -> Version:
    """The version in use of the dataset with this name or number. One that comes with the laboratory is taken
    when it is not there yet."""
    dataset = find(text, user)
    version = _read(dataset, patience)
    if dataset.quarantine:
        raise refused(f"“{dataset}” is in quarantine, so nothing is trained on it. {dataset.quarantine}")
    return version


def find(text: str, user: AbstractBaseUser) -> Dataset:
    """The dataset of this name or number that the user may see."""
    visible = Dataset.objects.visible_to(user).with_version()
    if text.isascii() and text.isdigit() and len(text) < 19 and (one := visible.filter(pk=text).first()):
        return one
    found = list(visible.filter(Q(name__iexact=text) | Q(builtin=text)).order_by("archived", "pk"))
    found = [one for one in found if one.name == text] or found
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(f"{one.pk} ({one.created:%Y-%m-%d})" for one in found)
        raise refused(f"There are {len(found)} datasets named “{text}”. Give the number of one: {numbers}.")
    for key, about in BUILTINS.items():
        if text.casefold() in (key, about.title.casefold()):
            return take(key)
    known = [f"“{one.name}” ({one.pk})" for one in visible.order_by("name")[: SHOWN + 1]]
    known[SHOWN:] = ["more on the page of datasets"] * (len(known) > SHOWN)
    coming = ", ".join(BUILTINS)
    there = f"There are: {', '.join(known)}." if known else "There are none yet."
    raise refused(f"There is no dataset “{text}”. {there} These come with the laboratory: {coming}.")


def _read(dataset: Dataset, patience: float) -> Version:
    """Its version in use, waited for while it is being read."""
    deadline = time.monotonic() + patience
    while True:
        version = Version.objects.filter(pk=dataset.current_id).first()
        if version is None:
            raise refused(f"“{dataset}” has no version in use any more: choose one on its page.")
        if version.is_ready:
            return version
        if version.state == Version.State.FAILED:
            why = " ".join(str(version.problem.get(part, "")) for part in ("message", "advice")).strip()
            raise refused(f"“{dataset}” could not be read. {why}")
        if time.monotonic() > deadline:
            if not has_workers("ingestion"):
                raise came_to_nothing(
                    f"“{dataset}” is not read yet, and no worker is there to do it. {START}"
                )
            deadline += patience
        time.sleep(READING)


def spec_for(document: Document, changes: Any, version: Version, spellings: Spellings, **given: Any) -> Spec:
    """The default preset for the data, with what the document changes and what is given beside it."""
    if not isinstance(changes, dict):
        raise document.refusal(
            {"": f"The spec must be an object, but is {json.dumps(changes)[:40]}."}, spellings
        )
    base = PRESETS[DEFAULT].spec_for(version).model_dump(mode="json")
    try:
        spec = Spec.model_validate(merged(base, changes) | given)
    except ValidationError as error:
        raise document.refusal(dict(problems(error)), spellings, given) from None
    if found := problems_with(version, spec):
        raise document.refusal(found, spellings, given)
    return spec

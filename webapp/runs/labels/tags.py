"""Tags as people write them, and as they are kept: lower case, without spaces, each once."""

import re
import unicodedata
from collections.abc import Iterable

from webapp.runs.models import Run, Tag
from webapp.runs.models.tag import LONGEST

MOST = 20


class TagsRefusedError(ValueError):
    """These cannot be the tags of a run; the message says why."""


def normalise(name: str) -> str:
    """`  #Learning  Rate ` -> `learning-rate`; what a search would read as something else is left out."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(c for c in plain if c.isspace() or unicodedata.category(c)[0] not in "CZ")
    return re.sub(r"[\s-]+", "-", re.sub(r'[",<>]', "", plain)).strip("#-")


def parse(text: str) -> list[str]:
    """The tags between the commas of `text`, in order. Raises TagsRefusedError."""
    names = list(dict.fromkeys(filter(None, map(normalise, text.split(",")))))
    if too_long := next((name for name in names if len(name) > LONGEST), None):
        raise TagsRefusedError(
            f"“{too_long[:LONGEST]}…” is too long: a tag has at most {LONGEST} characters. "
            "Put commas between tags."
        )
    if len(names) > MOST:
        raise TagsRefusedError(f"These are {len(names)} tags: a run has at most {MOST}. Leave some out.")
    return names


def set_tags(run: Run, names: Iterable[str]) -> None:
    """Give `run` these tags and no others."""
    wanted = set(names)
    run.tags.exclude(name__in=wanted).delete()
    Tag.objects.bulk_create([Tag(run=run, name=name) for name in wanted], ignore_conflicts=True)


def add_tags(runs: list[int], names: list[str]) -> int:
    """Put tags on many runs, by their keys; how many had no room for all of them and stay as they were."""
    held: dict[int, set[str]] = {pk: set() for pk in runs}
    for pk, name in Tag.objects.filter(run__in=runs).values_list("run", "name"):
        held[pk].add(name)
    room = [pk for pk in runs if len(held[pk] | set(names)) <= MOST]
    missing = [Tag(run_id=pk, name=name) for pk in room for name in names if name not in held[pk]]
    Tag.objects.bulk_create(missing, ignore_conflicts=True, batch_size=400)
    return len(runs) - len(room)


def remove_tags(runs: list[int], names: list[str]) -> None:
    """Take tags off many runs."""
    Tag.objects.filter(run__in=runs, name__in=names).delete()

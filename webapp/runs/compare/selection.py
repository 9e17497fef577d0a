"""Which runs are compared and how, as the address says: `?runs=1,2,3&x=epoch&baseline=1&group=seed`."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.http import QueryDict

from webapp.runs.models import Run

MOST = 100
AXES = {"step": "step", "epoch": "epoch", "time": "seconds trained"}
LONGEST_KEY = 18


@dataclass(frozen=True)
class Selection:
    """The runs in the order of the address; `missing` are gone or somebody else's, `beyond` too many."""

    runs: list[Run]
    missing: list[int]
    beyond: int
    unreadable: list[str]
    x: str
    baseline: Run | None
    group: str

    @classmethod
    def of(cls, user: AbstractBaseUser, asked: QueryDict) -> "Selection":
        """What the address asks for; what makes no sense in it is left out and told."""
        keys, unreadable = _keys(",".join(asked.getlist("runs")))
        first = keys[:MOST]
        visible = Run.objects.visible_to(user).with_dataset().prefetch_related("tags")
        found = {run.pk: run for run in visible.filter(pk__in=first)}
        runs = [found[key] for key in first if key in found]
        baseline = next((run for run in runs if str(run.pk) == asked.get("baseline")), None)
        return cls(
            runs=runs,
            missing=[key for key in first if key not in found],
            beyond=len(keys) - len(first),
            unreadable=unreadable,
            x=asked["x"] if asked.get("x") in AXES else "epoch",
            baseline=baseline,
            group=asked.get("group", ""),
        )

    @property
    def keys(self) -> str:
        """The runs as the address spells them."""
        return ",".join(str(run.pk) for run in self.runs)

    @property
    def is_share(self) -> bool:
        """Whether every error is a share of examples."""
        return all(run.version.task != "regression" for run in self.runs)

    @property
    def datasets(self) -> list[str]:
        return list(dict.fromkeys(run.dataset.name for run in self.runs))


def _keys(text: str) -> tuple[list[int], list[str]]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    good = [part for part in parts if part.isascii() and part.isdigit() and len(part) <= LONGEST_KEY]
    return list(dict.fromkeys(map(int, good))), [part for part in parts if part not in good]

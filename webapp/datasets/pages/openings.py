"""How often a test part was looked at: each look spends a little of what it can tell."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser

from webapp.datasets.models import Version

MAX_LISTED = 50


class Openings:
    """Those of all runs of a dataset, whose versions may share test rows.

    Other people's are counted, and only the user's own runs are named.
    """

    def __init__(self, version: Version, user: AbstractBaseUser) -> None:
        # By name, for imports only point down
        found = apps.get_model("runs", "Opening").objects.filter(version__dataset=version.dataset_id)
        self.count: int = found.count()
        own = found.filter(run__owner=user, run__deleted=None).select_related("run", "who").defer("run__spec")
        self.listed: list[Any] = list(own.order_by("-when", "-pk")[:MAX_LISTED])

    @property
    def unlisted(self) -> int:
        return self.count - len(self.listed)

    @property
    def words(self) -> str:
        """How often, in words."""
        return {0: "never opened", 1: "opened once"}.get(self.count, f"opened {self.count:,} times")

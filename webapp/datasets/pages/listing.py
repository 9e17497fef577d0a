"""The list of datasets: found by words and tags, archived ones only when asked for."""

import re
from functools import cached_property

from django.db.models import QuerySet
from django.http import QueryDict

from webapp.datasets.models import Dataset
from webapp.listing import Listing

TAG = re.compile(r"""tag:(?:"([^"]*)"|(\S+))""", re.IGNORECASE)  # tag:lesson, tag:"my course"


class DatasetListing(Listing[Dataset]):
    """`?q=wine+tag:lesson&sort=-rows&archived=1&page=2`"""

    columns = {
        "name": ("Name", "name", False),
        "state": ("State", "current__state", False),
        "task": ("Task", "current__task", False),
        "rows": ("Rows", "current__n_rows", True),
        "features": ("Features", "current__n_features", True),
        "created": ("Created", "created", True),
    }

    def __init__(self, datasets: QuerySet[Dataset], asked: QueryDict) -> None:
        self.everything = datasets.with_version()
        self.with_archived = asked.get("archived") == "1"
        super().__init__(
            self.everything if self.with_archived else self.everything.filter(archived=False), asked
        )

    def chosen(self) -> QuerySet[Dataset]:
        """Those whose names hold the words and who have all the tags."""
        found = self.all.filter(name__icontains=self.words) if self.words else self.all
        return found.filter(pk__in=self._tagged()) if self.tags else found

    @property
    def words(self) -> str:
        """What is searched for in names."""
        return " ".join(TAG.sub(" ", self.q).split())

    @property
    def tags(self) -> set[str]:
        """The tags that all datasets shown must have."""
        return {(quoted or plain).strip().casefold() for quoted, plain in TAG.findall(self.q)}

    def _tagged(self) -> list[int]:
        # SQLite cannot look into JSON lists by itself
        return [pk for pk, tags in self.all.values_list("pk", "tags") if self.tags <= set(tags)]

    @property
    def toggle(self) -> str:
        """The address of this view with archived datasets, or without."""
        return self.address(archived=None if self.with_archived else "1")

    @cached_property
    def n_archived(self) -> int:
        return self.everything.filter(archived=True).count()

    @cached_property
    def has_any(self) -> bool:
        """Whether there is a dataset at all, an archived one too."""
        return self.everything.exists()

    @cached_property
    def is_live(self) -> bool:
        """Whether a dataset on this page is still being read."""
        return any(dataset.current.is_parsing for dataset in self.page)

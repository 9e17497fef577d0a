"""What every page about one dataset has in common: which version it shows, and the parts it leads to."""

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from webapp.datasets.models import Dataset, Version
from webapp.datasets.pages.copies import can_copy
from webapp.datasets.pages.presentation import number
from webapp.datasets.recipe import Task

PICKED = 12  # versions that the picker offers; the page of versions has them all
PARTS = {  # url name -> title
    "detail": "Overview",
    "columns": "Columns",
    "explore": "Explore",
    "split": "Split",
    "versions": "Versions",
    "settings": "Settings",
}
OF_VERSIONS = ("detail", "columns", "explore", "split")  # where ?version=N says of which version they speak


class Tab(NamedTuple):
    title: str
    address: str
    is_here: bool


def mine(request: HttpRequest, pk: int) -> Dataset:
    """The user's own dataset, to change; 404 for anybody else's and for the built-in ones."""
    return get_object_or_404(Dataset, pk=pk, owner=request.user)


def numbered(dataset: Dataset, number: str) -> Version:
    """The version of this number; 404 when there is none."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    found = get_object_or_404(dataset.versions, number=int(number))
    found.dataset = dataset
    return found


class Pick(NamedTuple):
    """A version that the picker offers."""

    number: int
    address: str
    is_here: bool
    is_current: bool


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Go to an address; htmx, too, leaves the page."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


class Page:
    """One part of a dataset, of the version in use or of the one that `?version=N` names. 404 for others'."""

    def __init__(self, request: HttpRequest, pk: int, part: str) -> None:
        self.request, self.part = request, part
        # Read first: were it made between the two reads, the page would show neither it nor its progress
        newest = Version.objects.filter(dataset=pk).defer("columns", "notes").first()
        self.dataset = get_object_or_404(Dataset.objects.visible_to(request.user), pk=pk)
        self.is_owner = self.dataset.owner_id == request.user.pk
        asked = request.GET.get("version") if part in OF_VERSIONS else None
        self.version: Version = numbered(self.dataset, asked) if asked else self.dataset.current
        self.version.dataset = self.dataset
        self.newest: Version = newest or self.version

    @property
    def is_older(self) -> bool:
        """Whether another version is in use than the one shown."""
        return self.version.pk != self.dataset.current_id

    @property
    def can_copy(self) -> bool:
        return can_copy(self.dataset)

    @property
    def human_error(self) -> str | None:
        """What people get wrong: a percentage of a task with classes, else in the target's unit."""
        figure = self.dataset.human_error
        if figure is None or self.version.task == Task.REGRESSION:
            return number(figure)
        return f"{number(100 * figure)}%"

    @property
    def tabs(self) -> list[Tab]:
        suffix = f"?version={self.version.number}" if self.is_older else ""
        return [
            Tab(title, self.address(name) + (suffix if name in OF_VERSIONS else ""), name == self.part)
            for name, title in PARTS.items()
        ]

    def address(self, name: str) -> str:
        return reverse(f"datasets:{name}", args=[self.dataset.pk])

    @property
    def picks(self) -> list[Pick]:
        """The latest versions that can be looked at, each at the address of this very part."""
        address = self.address(self.part if self.part in OF_VERSIONS else "detail")
        found = self.dataset.versions.filter(state=Version.State.READY).values_list("pk", "number")[:PICKED]
        return [
            Pick(
                number, f"{address}?version={number}", key == self.version.pk, key == self.dataset.current_id
            )
            for key, number in found
        ]

    def render(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        shared = {"page": self, "dataset": self.dataset, "version": self.version, "is_owner": self.is_owner}
        return render(self.request, f"datasets/{template}", shared | context, status=status)

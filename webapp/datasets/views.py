"""Pages of datasets: the list, a new one, and the overview of one."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp.datasets import presentation, uploads
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.figures import balance_of
from webapp.datasets.ingestion import announce
from webapp.datasets.listing import Listing
from webapp.datasets.models import Dataset, Quota
from webapp.datasets.openings import Openings
from webapp.datasets.page import Page
from webapp.datasets.recipe import Recipe


@require_GET
def datasets(request: HttpRequest) -> HttpResponse:
    """The user's datasets and the built-in ones; htmx asks for the table alone."""
    listing = Listing(Dataset.objects.visible_to(request.user), request.GET)
    template = "datasets/list/table.html" if request.htmx else "datasets/list.html"
    return render(request, template, {"listing": listing})


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """Upload a table, or take a built-in one."""
    there = set(Dataset.objects.exclude(builtin=None).values_list("builtin", flat=True))
    left = max(0, Quota.bytes_for(request.user) - uploads.used_by(request.user))
    context = {
        "builtins": [{"about": one, "is_there": one.key in there} for one in BUILTINS.values()],
        "max_bytes": min(settings.HONE_MAX_UPLOAD_BYTES, left),
        "max_columns": settings.HONE_MAX_COLUMNS,
    }
    return render(request, "datasets/new.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview of a dataset. While a version is made, htmx asks every second for the progress alone."""
    page = Page(request, pk, "detail")
    if request.htmx and request.htmx.target == "progress":
        response = page.render("detail/progress.html", newest=page.newest)
        if not page.newest.is_parsing:
            response["HX-Refresh"] = "true"
        return response
    return page.render("detail.html", **(overview(page) if page.version.is_ready else {}))


def overview(page: Page) -> dict[str, Any]:
    """What is only there once a version is made."""
    version = page.version
    return {
        "preview": presentation.preview(version),
        "parts": presentation.parts(version),
        "openings": Openings(version, page.request.user),
        "findings": presentation.told(version, "insight.json").get("findings", []),
        "balance": balance_of(version),
    }


@require_POST
def take_builtin(request: HttpRequest, key: str) -> HttpResponse:
    """Open a built-in dataset, made on the first click of anybody and then there for everybody."""
    if key not in BUILTINS:
        raise Http404
    found = Dataset.objects.filter(builtin=key).first() or _make_builtin(key)
    if found.current.attempt == 0 or found.current.retry():
        transaction.on_commit(lambda: announce(found.current_id))
    return redirect(found)


def _make_builtin(key: str) -> Dataset:
    about = BUILTINS[key]
    recipe = Recipe(targets=(about.target,))
    try:
        return Dataset.objects.begin(recipe, builtin=key, owner=None, name=about.title)
    except IntegrityError:  # two first clicks at once
        return Dataset.objects.get(builtin=key)

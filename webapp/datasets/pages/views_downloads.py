"""A dataset to take away."""

from pathlib import PurePath

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from webapp.datasets.models import Dataset
from webapp.datasets.pages import downloads
from webapp.datasets.pages.page import Page
from webapp.datasets.pages.streaming import attachment


@require_GET
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file as it was uploaded, never shown by the browser; 404 where there is none."""
    found = get_object_or_404(Dataset.objects.visible_to(request.user), pk=pk)
    if not found.source.exists():
        raise Http404
    name = PurePath(found.file_name).name or "table.csv"
    return attachment(request, downloads.original(found.source), name, found.source.stat().st_size)


@require_GET
def processed(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The parts of a version as a network gets them, as one archive: `?version=N`, else the one in use."""
    page = Page(request, pk, "detail")
    if kind not in ("csv", "npz") or not page.version.is_ready:
        raise Http404
    suffix = "npz" if kind == "npz" else "zip"
    name = f"{slugify(page.dataset.name) or 'dataset'}-version-{page.version.number}.{suffix}"
    return attachment(request, downloads.processed(page.version, kind), name)

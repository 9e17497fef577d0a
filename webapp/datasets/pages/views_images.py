"""Pictures of a dataset of images: a small one for lists, and some of each class."""

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from webapp.datasets.insight import contact_sheet
from webapp.datasets.making.studying import gallery_of
from webapp.datasets.models import Dataset
from webapp.datasets.pages.page import Page, numbered
from webapp.datasets.pages.thumbnails import thumbnail as small


@require_GET
def thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of the version in use, or of the one in `?version=N`; admins see everybody's."""
    visible = Dataset.objects.all() if request.user.is_staff else Dataset.objects.visible_to(request.user)
    dataset = get_object_or_404(visible.select_related("current"), pk=pk)
    asked = request.GET.get("version")
    version = numbered(dataset, asked) if asked else dataset.current
    return _png(request, small(version) if version and version.is_ready else None)


@require_GET
def gallery(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Some training images of the class at `number`, from 0 on, in the gallery, in one PNG."""
    version = Page(request, pk, "explore").version
    found = gallery_of(version.folder) if version.is_ready else None
    if found is None or number >= len(found.rows):
        raise Http404
    stored = np.load(version.folder / "features.npy", mmap_mode="r")
    images = stored[found.rows[number]].reshape(-1, *version.image_shape)
    return _png(request, contact_sheet([images]))


def _png(request: HttpRequest, content: bytes | None) -> HttpResponse:
    """404 where there is no picture. A version's never changes: browsers keep it where the address names the
    version, and ask again where it is the one in use."""
    if content is None:
        raise Http404
    kept = "max-age=86400" if request.GET.get("version") else "no-cache"
    headers = {"Cache-Control": f"private, {kept}", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="image/png", headers=headers)

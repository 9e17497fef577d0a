"""Pictures of a dataset of images."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from webapp.datasets.models import Dataset


@require_safe
def thumbnail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A few of its images in one small PNG, for lists; admins see everybody's."""
    visible = Dataset.objects.all() if request.user.is_staff else Dataset.objects.visible_to(request.user)
    found = get_object_or_404(visible.select_related("current"), pk=pk)
    path = found.current.folder / "thumbnail.png" if found.current else None
    if path is None or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/png", headers={"Cache-Control": "private"})

"""The upload protocol: POST announces, PATCH appends, HEAD tells the offset, DELETE cancels, finish ends."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from webapp.datasets.incoming import uploads
from webapp.datasets.incoming.forms import FinishForm, StartForm
from webapp.datasets.models import Upload
from webapp.datasets.refusal import Refusal


@require_POST
def create(request: HttpRequest) -> JsonResponse:
    """Announce a file's name and size: 201 with its address, 413 or 422 with what is wrong."""
    form = StartForm(request.POST)
    if not form.is_valid():
        return _refused({name: errors[0] for name, errors in form.errors.items()})
    try:
        upload = uploads.start(request.user, form.cleaned_data["file_name"], form.cleaned_data["size"])
    except uploads.TooLargeError as error:
        return _refused({"file": str(error)}, status=413)
    except Refusal as refusal:
        return _refused({refusal.field: str(refusal)})
    url = reverse("datasets:upload", args=[upload.pk])
    return JsonResponse({"url": url, "offset": 0, "piece": uploads.PIECE_BYTES}, status=201)


@require_http_methods(["HEAD", "GET", "PATCH", "DELETE"])
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One upload of one's own."""
    found = get_object_or_404(Upload, pk=pk, owner=request.user)
    if request.method == "PATCH":
        return _append(request, found)
    if request.method == "DELETE":
        found.delete()
        return HttpResponse(status=204)
    return _at(found.offset, status=200)


def _append(request: HttpRequest, found: Upload) -> HttpResponse:
    offset = request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 20):
        return _refused({"file": "The Upload-Offset header is missing."}, status=400)
    try:
        return _at(uploads.append(found, int(offset), request), status=200)
    except FileNotFoundError:
        raise Http404 from None  # cancelled or finished meanwhile
    except uploads.OffsetError as error:
        return _at(error.offset, status=409)
    except uploads.TooLargeError as error:
        return _refused({"file": str(error)}, status=413)
    except Refusal as refusal:
        found.delete()
        return _refused({refusal.field: str(refusal)})


@require_POST
def finish(request: HttpRequest, pk: UUID) -> JsonResponse:
    """All bytes are there: 201 with the dataset's address, or 422 with what is wrong and where.

    The file stays for another try when only the name or the target has to be changed.
    """
    found = get_object_or_404(Upload, pk=pk, owner=request.user)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _refused({name: errors[0] for name, errors in form.errors.items()})
    if found.offset != found.size:
        return _at(found.offset, status=409)
    try:
        dataset = uploads.finish(found, form.cleaned_data["name"], form.recipe)
    except FileNotFoundError:
        raise Http404 from None  # cancelled or finished meanwhile
    except Refusal as refusal:
        if refusal.field == "file":
            found.delete()
        return _refused({refusal.field: str(refusal)})
    return JsonResponse({"url": dataset.get_absolute_url()}, status=201)


def _at(offset: int, status: int) -> JsonResponse:
    """Where the next piece begins, in the body and in the header."""
    return JsonResponse({"offset": offset}, status=status, headers={"Upload-Offset": str(offset)})


def _refused(errors: dict[str, str], status: int = 422) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=status)

"""Settings of a dataset: what people say about it, and what becomes of it."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.datasets import usage
from webapp.datasets.incoming.uploads import TooLargeError
from webapp.datasets.models import AuditEntry, Dataset
from webapp.datasets.pages import copies
from webapp.datasets.pages.forms import AboutForm, LevelForm
from webapp.datasets.pages.page import Page, go, mine
from webapp.datasets.refusal import Refusal

MAX_USERS = 20
MAX_ENTRIES = 50


@require_GET
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything there is to set; of a built-in dataset the downloads alone."""
    return shown(request, pk)


def shown(request: HttpRequest, pk: int, status: int = 200, **forms: Any) -> HttpResponse:
    """The page, with forms as they were filled in when one of them was refused."""
    page = Page(request, pk, "settings")
    context: dict[str, Any] = {"can_download": page.dataset.source.exists()}
    if page.is_owner:
        context |= {
            "about_form": AboutForm(instance=page.dataset),
            "level_form": LevelForm(page.dataset),
            "used": usage.of_dataset(page.dataset, request.user, MAX_USERS),
            "n_returnable": usage.n_returnable(version__dataset=page.dataset),
            "n_versions": page.dataset.versions.count(),
            "n_bytes": bytes_in(page.dataset.folder),
            "history": AuditEntry.objects.filter(dataset=pk).select_related("who")[:MAX_ENTRIES],
        }
    return page.render("settings.html", status, **(context | forms))


def bytes_in(folder: Path) -> int:
    """What a dataset takes of the disk. A worker may move files meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


@require_POST
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, description or tags."""
    found = mine(request, pk)
    form = AboutForm(request.POST, instance=get_object_or_404(Dataset, pk=pk))
    if not form.is_valid():
        return shown(request, pk, 422, about_form=form)
    changes = {name: form.cleaned_data[name] for name in ("name", "description", "tags")}
    changed = [name for name, value in changes.items() if value != getattr(found, name)]
    if changed:
        before = found.name
        with transaction.atomic():
            Dataset.objects.filter(pk=pk).update(**changes)
            found.refresh_from_db()
            if "name" in changed:
                AuditEntry.note(request.user, "renamed", found, f"from “{before}”")
            if others := [name for name in changed if name != "name"]:
                AuditEntry.note(request.user, "described", found, ", ".join(others))
    return redirect("datasets:settings", pk)


@require_POST
def level(request: HttpRequest, pk: int) -> HttpResponse:
    """How well people do, and who says so; an empty figure takes it away."""
    found = mine(request, pk)
    form = LevelForm(found, request.POST)
    if not form.is_valid():
        return shown(request, pk, 422, level_form=form)
    figure = form.cleaned_data["figure"]
    source = form.cleaned_data["source"] if figure is not None else ""
    if (figure, source) != (found.human_error, found.human_error_source):
        with transaction.atomic():
            Dataset.objects.filter(pk=pk).update(human_error=figure, human_error_source=source)
            detail = "none" if figure is None else f"{figure:.4g}, {source}"
            AuditEntry.note(request.user, "set the human error", found, detail)
    return redirect("datasets:settings", pk)


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the way of lists and choices, or back again (`archived` is yes or no)."""
    found = mine(request, pk)
    archived = request.POST.get("archived", "yes") == "yes"
    if archived != found.archived:
        with transaction.atomic():
            Dataset.objects.filter(pk=pk).update(archived=archived)
            AuditEntry.note(request.user, "archived" if archived else "unarchived", found)
    return redirect("datasets:settings", pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a dataset and its files, unless runs or sweeps still need it."""
    found = mine(request, pk)
    if not (found.runs.exists() or found.sweeps.exists()):
        usage.forget_deleted_runs(version__dataset=found)  # before others have to wait
    try:
        with transaction.atomic():
            AuditEntry.note(request.user, "deleted", found)
            usage.forget_deleted_runs(version__dataset=found)  # what was deleted since
            found.delete()
    except RestrictedError as error:
        messages.error(request, in_use(error.restricted_objects, request.user.pk))
        return (
            go(request, reverse("datasets:settings", args=[pk])) if request.htmx else shown(request, pk, 409)
        )
    messages.success(request, f"“{found}” was deleted.")
    return go(request, reverse("datasets:list"))


def in_use(users: Collection[Any], owner: int) -> str:
    """Who needs the dataset: "2 runs and 1 sweep use this dataset: “a”, ...". Trials go with their sweep."""
    users = [one for one in users if not getattr(one, "is_trial", False)] or users
    own = [one for one in users if one.owner_id == owner]
    names = f": {', '.join(f'“{one}”' for one in own[:5])}" if own else ""
    kinds = Counter(type(one)._meta for one in users)
    counts = [
        f"{n:,} {kind.verbose_name if n == 1 else kind.verbose_name_plural}" for kind, n in kinds.items()
    ]
    use = "uses" if len(users) == 1 else "use"
    return f"{' and '.join(counts)} {use} this dataset{names}. Delete them first, then the dataset."


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A dataset of one's own out of a built-in one."""
    found = get_object_or_404(Dataset, pk=pk, owner=None)
    try:
        made = copies.copy(found, request.user)
    except (Refusal, TooLargeError) as error:
        messages.error(request, str(error))
        return shown(request, pk, 409)
    return redirect(made)

"""Pages of datasets: the list, a new one, one dataset, and what its owner may do to it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp.charts.class_balance import class_balance
from webapp.charts.payload import payload
from webapp.datasets import presentation, uploads
from webapp.datasets.builtin import BUILTINS
from webapp.datasets.forms import NameForm, TargetForm
from webapp.datasets.ingestion import announce
from webapp.datasets.listing import Listing
from webapp.datasets.models import Dataset

MAX_BARS = 50


def mine(request: HttpRequest, pk: int) -> Dataset:
    """The user's own dataset, to change; 404 for anybody else's and for the built-in ones."""
    return get_object_or_404(Dataset, pk=pk, owner=request.user)


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
    left = max(0, settings.HONE_USER_QUOTA_BYTES - uploads.used_by(request.user))
    context = {
        "builtins": [{"about": one, "is_there": one.key in there} for one in BUILTINS.values()],
        "max_bytes": min(settings.HONE_MAX_UPLOAD_BYTES, left),
        "max_columns": settings.HONE_MAX_COLUMNS,
    }
    return render(request, "datasets/new.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset. While it is read, htmx asks every second for the progress alone."""
    found = get_object_or_404(Dataset.objects.visible_to(request.user), pk=pk)
    if request.htmx and request.htmx.target == "progress":
        response = render(request, "datasets/detail/progress.html", {"dataset": found})
        if not found.is_parsing:
            response["HX-Refresh"] = "true"
        return response
    return page(request, found)


def page(request: HttpRequest, found: Dataset, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a dataset, with forms as they were filled in when one of them was refused."""
    is_owner = found.owner_id == request.user.pk
    context: dict[str, Any] = {"dataset": found, "is_owner": is_owner, "runs": found.runs.all()[:20]}
    if is_owner:
        context["name_form"] = forms.get("name_form") or NameForm(instance=found)
        context["target_form"] = forms.get("target_form") or TargetForm(found)
    if found.is_ready:
        context |= ready(request, found)
    return render(request, "datasets/detail.html", context, status=status)


def ready(request: HttpRequest, found: Dataset) -> dict[str, Any]:
    """What is only there once a dataset is read: preview, statistics, class balance."""
    classes, counts = presentation.balance(found)
    return {
        "preview": presentation.preview(found),
        "statistics": presentation.statistics(found, everything="all" in request.GET.getlist("columns")),
        "balance": figure(classes, counts) if classes else None,
        "more_classes": max(0, len(classes) - MAX_BARS),
    }


def figure(classes: list[str], counts: list[int]) -> dict[str, Any]:
    """The chart of the class balance, as the page draws it."""
    return payload(class_balance(classes[:MAX_BARS], counts[:MAX_BARS]))


@require_POST
def take_builtin(request: HttpRequest, key: str) -> HttpResponse:
    """Open a built-in dataset, made on the first click of anybody and then there for everybody."""
    if key not in BUILTINS:
        raise Http404
    about = BUILTINS[key]
    try:
        with transaction.atomic():
            found, created = Dataset.objects.get_or_create(
                builtin=key, defaults={"owner": None, "name": about.title, "target": about.target}
            )
    except IntegrityError:  # two first clicks at once
        found, created = Dataset.objects.get(builtin=key), False
    if created or found.retry():
        transaction.on_commit(lambda: announce(found.pk))
    return redirect(found)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a dataset another name."""
    found = mine(request, pk)
    form = NameForm(request.POST, instance=found)
    if not form.is_valid():
        found.refresh_from_db()
        return page(request, found, status=422, name_form=form)
    Dataset.objects.filter(pk=found.pk).update(name=form.cleaned_data["name"])
    return redirect(found)


@require_POST
def retarget(request: HttpRequest, pk: int) -> HttpResponse:
    """Predict another column, as long as no run has learnt from the dataset as it is."""
    found = mine(request, pk)
    form = TargetForm(found, request.POST)
    if found.runs.exists():
        form.add_error(
            "target", "Runs use this dataset as it is: delete them first, or upload the file again."
        )
    elif not found.is_ready:
        form.add_error("target", "The target can be changed once the dataset is ready.")
    if not form.is_valid():
        return page(request, found, status=422, target_form=form)
    if form.cleaned_data["target"] != found.target and found.retarget(form.cleaned_data["target"]):
        transaction.on_commit(lambda: announce(found.pk))
    return redirect(found)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a dataset and its files, unless runs still need it."""
    found = mine(request, pk)
    try:
        with transaction.atomic():
            found.delete()
    except RestrictedError as error:
        names = ", ".join(f"“{run}”" for run in list(error.restricted_objects)[:5])
        n_runs = len(error.restricted_objects)
        used = f"{n_runs} runs use" if n_runs > 1 else "1 run uses"
        messages.error(request, f"{used} this dataset: {names}. Delete them first, then the dataset.")
        return page(request, get_object_or_404(Dataset, pk=pk), status=409)
    messages.success(request, f"“{found}” was deleted.")
    return redirect("datasets:list")

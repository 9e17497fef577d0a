"""Pages of datasets: the list, one dataset, and what its owner may do to it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp.charts.class_balance import class_balance
from webapp.charts.payload import payload
from webapp.datasets import presentation, versions
from webapp.datasets.forms import NameForm, TargetForm
from webapp.datasets.listing import Listing
from webapp.datasets.models import Dataset, Version

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
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset. While it is read, htmx asks every second for the progress alone."""
    found = get_object_or_404(Dataset.objects.visible_to(request.user), pk=pk)
    if request.htmx and request.htmx.target == "progress":
        newest = found.newest
        response = render(request, "datasets/detail/progress.html", {"dataset": found, "version": newest})
        if not newest.is_parsing:
            response["HX-Refresh"] = "true"
        return response
    return page(request, found)


def page(request: HttpRequest, found: Dataset, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a dataset, with forms as they were filled in when one of them was refused."""
    is_owner = found.owner_id == request.user.pk
    version = found.current
    context: dict[str, Any] = {
        "dataset": found,
        "version": version,
        "newest": found.newest,
        "is_owner": is_owner,
        "runs": found.runs[:20],
    }
    if is_owner:
        context["name_form"] = forms.get("name_form") or NameForm(instance=found)
        context["target_form"] = forms.get("target_form") or TargetForm(version)
    if version.is_ready:
        context |= ready(request, version)
    return render(request, "datasets/detail.html", context, status=status)


def ready(request: HttpRequest, version: Version) -> dict[str, Any]:
    """What is only there once a version is made: preview, statistics, class balance."""
    classes, counts = presentation.balance(version)
    return {
        "preview": presentation.preview(version),
        "statistics": presentation.statistics(version, everything="all" in request.GET.getlist("columns")),
        "balance": figure(classes, counts) if classes else None,
        "more_classes": max(0, len(classes) - MAX_BARS),
    }


def figure(classes: list[str], counts: list[int]) -> dict[str, Any]:
    """The chart of the class balance, as the page draws it."""
    return payload(class_balance(classes[:MAX_BARS], counts[:MAX_BARS]))


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
    """Predict another column: in a new version, for runs remember theirs."""
    found = mine(request, pk)
    form = TargetForm(found.current, request.POST)
    if not found.current.is_ready:
        form.add_error("target", "The target can be changed once the dataset is ready.")
    if not form.is_valid():
        return page(request, found, status=422, target_form=form)
    if form.cleaned_data["target"] != found.current.target:
        target = {"targets": (form.cleaned_data["target"],), "task": None}
        recipe = found.current.choices.model_copy(update=target)
        versions.change(found, request.user, recipe)
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

"""Adding a dataset: the page's ways in, and the way out of one that is being read."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.datasets.builtin import BUILTINS
from webapp.datasets.generators import GENERATORS
from webapp.datasets.generators.form import GeneratorForm
from webapp.datasets.generators.preview import preview
from webapp.datasets.incoming import quotas, sources, uploads
from webapp.datasets.incoming.builtins import take
from webapp.datasets.incoming.forms import CLASSES, MAX_PASTED, MAX_POINTS, DrawForm, FinishForm, PasteForm
from webapp.datasets.models import Dataset
from webapp.datasets.readers.options import MAX_SIDE
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal


def way(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of one way in, with what the person may still bring."""
    context |= {"way": name, "allowance": quotas.of(request.user)}
    return render(request, f"datasets/new/{name}.html", context, status=status)


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """Upload a file, go on with one that is not whole yet, or take a built-in dataset."""
    context = {
        "builtins": [{"about": one} for one in BUILTINS.values()],
        "max_columns": settings.HONE_MAX_COLUMNS,
        "max_side": MAX_SIDE,
        "form": FinishForm(),
        "unfinished": uploads.unfinished(request.user),
    }
    return way(request, "upload", context)


@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """Make a dataset of a table that was pasted as text."""
    form = PasteForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"] or "Pasted table"
        try:
            fields = {"name": name, "file_name": form.file_name}
            return redirect(sources.bring(request.user, form.write, form.recipe, **fields))
        except Refusal as refusal:
            form.refuse(refusal, "text")
    context = {"form": form, "max_pasted": MAX_PASTED}
    return way(request, "paste", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest) -> HttpResponse:
    """Make a dataset of points drawn by hand."""
    form = DrawForm(request.POST or None)
    if form.is_valid():
        name = form.cleaned_data["name"] or "Drawn points"
        fields = {"name": name, "file_name": "drawn.csv", "description": "Drawn by hand."}
        try:
            return redirect(sources.bring(request.user, form.write, Recipe(targets=("label",)), **fields))
        except Refusal as refusal:
            form.add_error("points", str(refusal))
    context = {"form": form, "classes": CLASSES, "max_points": MAX_POINTS}
    return way(request, "draw", context, status=422 if form.errors else 200)


@require_GET
def generate(request: HttpRequest) -> HttpResponse:
    """Every generator with its usual knobs."""
    return cards(request)


@require_http_methods(["GET", "POST"])
def generator(request: HttpRequest, key: str) -> HttpResponse:
    """One generator: htmx asks for the preview of other knobs, POST makes the dataset."""
    if key not in GENERATORS:
        raise Http404
    form = GeneratorForm(GENERATORS[key], request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_make(request, form))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if request.htmx:
        return render(request, "datasets/new/preview.html", {"card": card(form)})
    return cards(request, form, status=422 if request.method == "POST" else 200)


def cards(request: HttpRequest, changed: GeneratorForm | None = None, status: int = 200) -> HttpResponse:
    """The page of all generators, one of them perhaps with knobs that were changed."""
    forms = (
        changed if changed and one is changed.generator else GeneratorForm(one, {})
        for one in GENERATORS.values()
    )
    return way(request, "generate", {"cards": [card(form) for form in forms]}, status)


def card(form: GeneratorForm) -> dict[str, Any]:
    """A generator's form and, when its knobs make sense, what it draws."""
    drawing = preview(form.made) if form.is_valid() else None
    return {"form": form, "about": form.generator, "drawing": drawing}


def _make(request: HttpRequest, form: GeneratorForm) -> Dataset:
    made = form.made
    fields = {"name": made.title, "file_name": made.file_name, "description": made.description}
    return sources.bring(request.user, made.write, Recipe(targets=(made.answer,)), **fields)


@require_POST
def take_builtin(request: HttpRequest, key: str) -> HttpResponse:
    """Open a built-in dataset, made on the first click of anybody and then there for everybody."""
    if key not in BUILTINS:
        raise Http404
    return redirect(take(key))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop reading one's own dataset. A worker that reads it lets go and tidies up by itself."""
    found = get_object_or_404(Dataset, pk=pk, owner=request.user)
    newest = found.newest
    if newest.cancel() and newest.attempt == 0:
        newest.discard()
    return redirect(found)

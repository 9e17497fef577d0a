"""Editing a recipe: what is decided about a dataset's columns, target and split. Saving makes a version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from webapp.datasets import readers, versions
from webapp.datasets.models import Dataset, Version
from webapp.datasets.pages import comparison, presentation
from webapp.datasets.pages.page import Page, mine, numbered
from webapp.datasets.pages.recipe_form import RecipeForm, reading_options
from webapp.datasets.refusal import Refusal


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form. A POST saves, or with another action than that shows it anew and keeps what was edited.

    `?version=N` begins with the recipe of that version; the columns are those of a version that is ready.
    """
    dataset = mine(request, pk)
    page = Page(request, pk, "edit")
    if not dataset.current.is_ready:
        return redirect(dataset)
    asked = request.GET.get("version", "")
    start = numbered(dataset, asked) if asked else dataset.current
    form = form_for(dataset, start, request.POST if request.method == "POST" else None)
    if request.method == "POST" and request.POST.get("action", "save") == "save":
        if form.recipe is not None:
            try:
                made = versions.change(dataset, request.user, form.recipe)
                if made == dataset.current:
                    messages.info(request, "Nothing was changed, so no version was made.")
                return redirect(dataset)
            except Refusal as refusal:
                messages.error(request, str(refusal))
        return shown(page, form, start, status=422)
    return shown(page, form, start)


def form_for(dataset: Dataset, start: Version, posted: QueryDict | None) -> RecipeForm:
    """The form that begins with the recipe of `start`."""
    base = start if start.is_ready else dataset.current
    base.dataset = dataset
    if posted is not None:
        base = posted_base(dataset, posted) or base
        posted = looked(posted)
    return RecipeForm(base, start.choices, reading_options(base, reader_of(dataset)), posted)


def posted_base(dataset: Dataset, posted: QueryDict) -> Version | None:
    """The version whose columns the rows of the form are numbered by."""
    number = posted.get("base", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return dataset.versions.filter(number=int(number), state=Version.State.READY).first()


def looked(posted: QueryDict) -> QueryDict:
    """With the page of columns that a button such as look:3 asks for."""
    action = posted.get("action", "")
    if not action.startswith("look:"):
        return posted
    posted = posted.copy()
    posted["page"] = action.removeprefix("look:")
    return posted


def reader_of(dataset: Dataset) -> object:
    """The reader of the uploaded file; None where there is no file."""
    return readers.reader_for(readers.head_of(dataset.source)) if dataset.source.exists() else None


def shown(page: Page, form: RecipeForm, start: Version, status: int = 200) -> HttpResponse:
    """The form, or of it what htmx asks for: the changes, or the table of columns."""
    current = page.dataset.current
    context = {
        "form": form,
        "start": start,
        "recommendation": presentation.recommendation(form.base.n_rows),
        "checked": form.posted is not None,
    }
    if form.posted is not None and form.recipe is not None:
        context["changes"] = comparison.of_recipes(current.choices, form.recipe)
        context["alike"] = versions.alike(page.dataset, form.recipe)
    target = page.request.htmx.target if page.request.htmx else ""
    template = {"changes": "edit/changes.html", "recipe-columns": "edit/columns.html"}.get(
        target, "edit.html"
    )
    return page.render(template, status=status, **context)

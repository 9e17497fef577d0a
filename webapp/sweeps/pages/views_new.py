"""The page on which a sweep comes to be: the New run page, with ranges in the place of values."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from webapp.runs.forms.naming import LONGEST
from webapp.runs.pages.views_new import is_reshaped, statuses
from webapp.sweeps.forms.exchange import LARGEST, ContentError, read, written
from webapp.sweeps.forms.naming import described
from webapp.sweeps.forms.sweep_form import SweepForm
from webapp.sweeps.starting import PlanError, start

from .page import SweepPage

NAME = forms.CharField(max_length=LONGEST, required=False)
UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The page; a POST starts the sweep, presses a button, or comes from the New run page with its values."""
    asked = request.POST if request.method == "POST" else request.GET
    page = SweepPage(request, asked)
    if page.dataset is None:
        parsing = page.visible.exclude(current__state="ready").first()
        return render(request, "runs/new_empty.html", {"page": page, "parsing": parsing})
    if not page.dataset.is_trainable:
        status = 200 if request.method == "GET" else UNPROCESSABLE
        context = {"page": page, "dataset": page.dataset}
        return render(request, "runs/new_waiting.html", context, status=status)
    if request.method == "GET" or "space" in asked:
        return opened(request, page, asked)
    press = BUTTONS.get(request.POST.get("action", ""), pressed if request.POST.get("action") else begin)
    return press(request, page)


def opened(request: HttpRequest, page: SweepPage, asked: QueryDict) -> HttpResponse:
    """The page as it is first shown."""
    form, problem = page.start(asked.get("preset"), asked.get("space"))
    context = page.context(form, name=page.first_name, load_errors=[problem] if problem else [])
    return render(request, "sweeps/new.html", context, status=UNPROCESSABLE if problem else 200)


def begin(request: HttpRequest, page: SweepPage) -> HttpResponse:
    """Start the sweep and go to it, or show what has to be mended first."""
    form, name, name_error = page.form(request.POST), request.POST.get("name", ""), ""
    try:
        cleaned = NAME.clean(name)
    except ValidationError as error:
        name_error = " ".join(error.messages)
    if page.gone:
        form.fitted()
    if form.spec is None or form.plan is None or name_error or page.gone:
        return refused(request, page, form, name_error)
    name = cleaned or described(page.version, form.plan.space, request.user)
    try:
        sweep = start(request.user, page.version, form.spec, form.plan, name, previous=page.previous)
    except PlanError as error:
        return refused(request, page, page.form(request.POST, error.problems))
    return redirect(sweep.get_absolute_url())


def refused(request: HttpRequest, page: SweepPage, form: SweepForm, name_error: str = "") -> HttpResponse:
    """The page with everything as it was typed, and a sentence at each field that is wrong."""
    context = page.context(form, name=request.POST.get("name", ""), name_error=name_error)
    context["focus"] = page.first_wrong(context["consequences"])
    return render(request, "sweeps/new.html", context, status=UNPROCESSABLE)


def pressed(request: HttpRequest, page: SweepPage) -> HttpResponse:
    """A button such as "range:l2" or "layers.add", with the whole page as the answer."""
    form = page.form(request.POST)
    form.fitted()
    done = form.act(request.POST["action"])
    context = page.context(form, name=request.POST.get("name", ""), focus=done.focus)
    return render(request, "sweeps/new.html", context)


def search(request: HttpRequest, page: SweepPage) -> HttpResponse:
    """From the New run page, with its values: the learning rate is the first to be searched."""
    form = page.form(request.POST)
    form.fitted()
    done = form.act("range:learning_rate")
    context = page.context(form, name=request.POST.get("name", ""), focus=done.focus)
    return render(request, "sweeps/new.html", context)


def download(request: HttpRequest, page: SweepPage) -> HttpResponse:
    """SPACE.json of the form as it is; while something is wrong there is none."""
    form = page.form(request.POST)
    if page.gone:
        form.fitted()
    if form.spec is None or form.plan is None or page.gone:
        return refused(request, page, form)
    headers = {"Content-Disposition": 'attachment; filename="SPACE.json"'}
    return HttpResponse(written(form.spec, form.plan), content_type="application/json", headers=headers)


def load(request: HttpRequest, page: SweepPage) -> HttpResponse:
    """The form as a SPACE.json says; one that cannot be read leaves everything as it was."""
    form, text, errors = page.form(request.POST), request.POST.get("load:text", ""), ()
    base = form.draft or page.start()[0].draft
    try:
        if file := request.FILES.get("load:file"):
            text = _decoded(file.read(LARGEST + 1))
        form = SweepForm.filled(page.version, *read(text, base), page.original)
    except ContentError as error:
        errors = error.problems
    context = page.context(form, name=request.POST.get("name", ""), load_errors=errors, load_text=text)
    return render(request, "sweeps/new.html", context, status=UNPROCESSABLE if errors else 200)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(
            f"This is no text in UTF-8: byte {error.start + 1:,} cannot be read. Choose a file in JSON."
        ) from error


BUTTONS = {"search": search, "download": download, "load": load}


@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """What an edit changes on the page: the consequences and the drawings always, controls where others are
    needed."""
    page = SweepPage(request, request.POST)
    if page.dataset is None or not page.dataset.is_trainable:
        return HttpResponse(headers={"HX-Redirect": page.here})
    form = page.form(request.POST)
    moved = request.POST.get("shape.dataset") != str(page.version.pk)
    if moved:
        form.fitted()
    done = form.act(request.POST.get("action", ""))
    changed = [field for field in form.fields if field.path == done.path or is_reshaped(field, request.POST)]
    context = page.context(form, focus=done.focus, changed=changed, moved=moved)
    context["statuses"] = statuses(form, changed, request.POST.get("marked", ""))
    context["elsewhere_changed"] = request.POST.get("shape.elsewhere", "") != context["elsewhere_shape"]
    response = render(request, "sweeps/new/edit.html", context)
    if moved:
        response["HX-Replace-Url"] = page.address
    return response

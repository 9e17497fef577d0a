"""The New run page: choose a dataset, edit the whole spec, see what follows from it, train."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from webapp.datasets.models import Dataset
from webapp.runs import queue
from webapp.runs.forms.consequences import Consequences
from webapp.runs.forms.fields import Bound, walk
from webapp.runs.forms.naming import LONGEST, copied, described
from webapp.runs.forms.presets import DEFAULT, PRESETS
from webapp.runs.forms.slots import SLOTS
from webapp.runs.forms.spec_form import SpecForm
from webapp.runs.models import Run

Row = TypeVar("Row", bound=Model)
NAME = forms.CharField(max_length=LONGEST, required=False)


class Page:
    """What the request is about: the datasets, the chosen one, the run that is cloned. 404 for others'."""

    title = "New run"
    gone: bool  # the dataset for which the form was filled in was deleted, and another one stands in for it

    def __init__(self, request: HttpRequest, asked: QueryDict) -> None:
        self.user = request.user
        self.visible = Dataset.objects.visible_to(request.user)
        self.ready = list(self.visible.trainable().with_version())
        self.like = self._find(Run.objects.visible_to(request.user).with_dataset(), asked, "like")
        asked_for = self._find(self.visible, asked, "dataset")
        self.gone = bool(asked.get("dataset")) and asked_for is None
        if self.gone and not self.ready:
            raise Http404
        self.dataset = asked_for or self.origin or next(iter(self.ready), None)
        self.version = self.dataset.current if self.dataset else None
        self.original = self.like.configuration if self.like else None
        self.own = [dataset for dataset in self.offered if dataset.owner_id is not None]
        self.builtin = [dataset for dataset in self.offered if dataset.owner_id is None]

    @property
    def origin(self) -> Dataset | None:
        """The dataset of what is cloned."""
        return self.like.dataset if self.like else None

    @property
    def here(self) -> str:
        """The page without what is asked of it."""
        return reverse("runs:new")

    @property
    def offered(self) -> list[Dataset]:
        """What can be chosen; an archived dataset only where the address or a cloned run names it."""
        known = self.dataset is None or self.dataset in self.ready
        return self.ready if known else [self.dataset, *self.ready]

    @staticmethod
    def _find(rows: QuerySet[Row], asked: QueryDict, *names: str) -> Row | None:
        """The row of the key that one of the names has, None when none is asked for. One that is not there
        raises Http404, but not where a form was filled in, which outlives what it was filled in for."""
        pk = next(filter(None, map(asked.get, names)), "")
        if not pk:
            return None
        if not (pk.isascii() and pk.isdigit() and len(pk) < 20):
            raise Http404
        is_filled = "shape.dataset" in asked
        return rows.filter(pk=int(pk)).first() if is_filled else get_object_or_404(rows, pk=int(pk))

    @property
    def address(self) -> str:
        """This page, to share or to come back to."""
        like = f"&like={self.like.pk}" if self.like else ""
        return f"{self.here}?dataset={self.dataset.pk}{like}"

    def form(self, posted: QueryDict) -> SpecForm:
        return SpecForm(self.version, posted.dict(), self.original)

    def start(self, preset: str | None) -> SpecForm:
        """The form as the page first shows it: the clone's spec, or a preset's."""
        if self.original is not None:
            return SpecForm.of(self.version, self.original, self.original)
        return SpecForm.of(
            self.version, PRESETS.get(preset or DEFAULT, PRESETS[DEFAULT]).spec_for(self.version)
        )

    def first_wrong(self, consequences: Consequences) -> str:
        """The id of the control to mend first."""
        return "dataset" if self.gone else next((error.id for error in consequences.errors if error.id), "")

    def context(self, form: SpecForm, **more: object) -> dict[str, Any]:
        """All that the page or a fragment of it shows."""
        current = next(
            (preset.key for preset in PRESETS.values() if preset.spec_for(self.version) == form.spec), ""
        )
        return {
            "page": self,
            "dataset": self.dataset,
            "form": form,
            "consequences": Consequences(form),
            "presets": PRESETS.values(),
            "current_preset": current,
            "presets_shape": f"{self.version.pk}:{current}",
            "slots": SLOTS,
            **more,
        }


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The page; a POST trains, or, without JavaScript, presses one of the form's other buttons."""
    page = Page(request, request.POST if request.method == "POST" else request.GET)
    if page.dataset is None:
        return render(
            request,
            "runs/new_empty.html",
            {"page": page, "parsing": page.visible.exclude(current__state="ready").first()},
        )
    if not page.dataset.is_trainable:
        status = 200 if request.method == "GET" else 422
        return render(
            request, "runs/new_waiting.html", {"page": page, "dataset": page.dataset}, status=status
        )
    if request.method == "POST":
        return press(request, page) if request.POST.get("action") else train(request, page)
    name = request.GET.get("name", "") or (copied(page.like, request.user) if page.like else "")
    return render(request, "runs/new.html", page.context(page.start(request.GET.get("preset")), name=name))


def train(request: HttpRequest, page: Page) -> HttpResponse:
    """Queue the run and go to it, or show what has to be mended first."""
    form, name, name_error = page.form(request.POST), request.POST.get("name", ""), ""
    try:
        cleaned = NAME.clean(name)
    except ValidationError as error:
        name_error = " ".join(error.messages)
    if page.gone:
        form.fitted()
    if form.spec is None or name_error or page.gone:
        context = page.context(form, name=name, name_error=name_error)
        context["focus"] = page.first_wrong(context["consequences"])
        return render(request, "runs/new.html", context, status=422)
    run = queue.submit(request.user, page.version, form.spec, cleaned or described(page.version, form.spec))
    return redirect(run.get_absolute_url())


def press(request: HttpRequest, page: Page) -> HttpResponse:
    """A button such as "layers.add", with the whole page as the answer."""
    form = page.form(request.POST).fitted()
    done = form.act(request.POST["action"])
    context = page.context(form, name=request.POST.get("name", ""), focus=done.focus)
    return render(request, "runs/new.html", context)


@require_POST
def edit(request: HttpRequest) -> HttpResponse:
    """What an edit changes on the page: the consequences always, controls only where others are needed."""
    page = Page(request, request.POST)
    if page.dataset is None or not page.dataset.is_trainable:
        return HttpResponse(headers={"HX-Redirect": reverse("runs:new")})
    form = page.form(request.POST)
    moved = request.POST.get("shape.dataset") != str(page.version.pk)
    if moved:
        form.fitted()
    done = form.act(request.POST.get("action", ""))
    changed = [field for field in form.fields if field.path == done.path or is_reshaped(field, request.POST)]
    context = page.context(form, focus=done.focus, changed=changed, moved=moved)
    context["statuses"] = statuses(form, changed, request.POST.get("marked", ""))
    context["presets_changed"] = request.POST.get("shape.presets") != context["presets_shape"]
    response = render(request, "runs/new/edit.html", context)
    if moved:
        response["HX-Replace-Url"] = page.address
    return response


def is_reshaped(field: Bound, posted: QueryDict) -> bool:
    """Whether the page shows other controls for `field` than it needs now."""
    return posted.get(f"shape.{field.path}") != field.shape


def statuses(form: SpecForm, changed: list[Bound], marked: str) -> list[Bound]:
    """The fields that say something new or something no more, without those drawn anew anyway."""
    before = set(marked.split())
    kept = [field for field in form.fields if field not in changed]
    return [bound for field in kept for bound in walk(field) if bound.marked or bound.path in before]

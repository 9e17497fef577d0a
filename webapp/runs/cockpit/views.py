"""Flying a run from the browser: commands, the panel that shows what became of them, changes and branches."""

import json
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from webapp.runs.cockpit.branching import BranchRefusedError, branch, spec_of
from webapp.runs.cockpit.change_form import ChangeForm
from webapp.runs.cockpit.commands import CommandRefusedError, issue, planned
from webapp.runs.cockpit.panel import panel
from webapp.runs.forms.naming import LONGEST, copied
from webapp.runs.models import Checkpoint, Command, Run
from webapp.runs.pages.mine import mine
from webapp.runs.pages.presentation import summary

MOST_BYTES = 20_000


@require_GET
def cockpit(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel and the buttons, anew."""
    return refreshed(request, mine(request, pk))


@require_POST
def command(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the run something: JSON `{kind, values, key}`, or a form whose values are JSON or fields."""
    run = mine(request, pk)
    try:
        kind, values, key = asked_for(request)
        given = issue(run, request.user, kind, values, key)
    except CommandRefusedError as error:
        return refused(request, run, str(error))
    if request.content_type == "application/json":
        return JsonResponse(as_json(given))
    return answer(request, run)


def asked_for(request: HttpRequest) -> tuple[str, dict[str, Any], str]:
    """Kind, values and key. Raises CommandRefusedError for what is no command."""
    if len(request.body) > MOST_BYTES:
        raise CommandRefusedError(f"A command may have {MOST_BYTES:,} bytes.")
    try:
        if request.content_type == "application/json":
            content = json.loads(request.body)
        else:
            content = {"kind": request.POST.get("kind", ""), "key": request.POST.get("key", "")}
            content["values"] = json.loads(request.POST.get("values") or "{}") | numbers_of(request)
        kind, values, key = content["kind"], content.get("values", {}), content.get("key", "")
        json.dumps([kind, values, key], ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except CommandRefusedError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CommandRefusedError(
            'This is no command: send JSON such as {"kind": "pause", "values": {}, "key": "a1"}.'
        ) from error
    if not (isinstance(kind, str) and isinstance(values, dict) and isinstance(key, str) and len(key) <= 64):
        raise CommandRefusedError("kind and key are texts, the key of up to 64 letters; values is an object.")
    return kind, values, key


def numbers_of(request: HttpRequest) -> dict[str, float]:
    """Fields of a small form beside kind, key and values: each a number."""
    fields = {name: text for name, text in request.POST.items() if name not in OWN}
    numbers: dict[str, float] = {}
    for name, text in fields.items():
        try:
            number = float(text)
        except ValueError as error:
            raise CommandRefusedError(f"{name}: “{text[:40]}” is not a number.") from error
        numbers[name] = int(number) if number.is_integer() else number
    return numbers


OWN = {"csrfmiddlewaretoken", "kind", "key", "values"}


def refused(request: HttpRequest, run: Run, why: str) -> HttpResponse:
    """The answer to a command that the run cannot take: in words, and nothing has changed."""
    if request.content_type == "application/json":
        return JsonResponse({"error": why}, status=409)
    return answer(request, run, why)


def answer(request: HttpRequest, run: Run, why: str = "") -> HttpResponse:
    """The page hears that there is news, or gets the panel with what is wrong; without htmx it loads anew."""
    if not request.htmx:
        if why:
            messages.error(request, why)
        return redirect(run)
    if not why:
        return trigger_client_event(HttpResponse(status=204), "revision")
    return refreshed(request, run, why)


def refreshed(request: HttpRequest, run: Run, problem: str = "") -> HttpResponse:
    """Every part of the page that a command may have made old."""
    context = {**panel(run), "summary": summary(run), "problem": problem}
    return render(request, "runs/run/cockpit/refresh.html", context)


def as_json(given: Command) -> dict[str, Any]:
    """A command and what became of it."""
    names = ("number", "kind", "values", "state", "step", "epoch", "before", "answer")
    return {name: getattr(given, name) for name in names}


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of what can be changed. A POST with `own.do` changes it, any other draws the form anew."""
    run = mine(request, pk)
    form = ChangeForm(run.version, planned(run), posted(request))
    context: dict[str, Any] = {"run": run, "form": form, "edit_url": request.path}
    if not decided(request, form):
        return drawn(request, context)
    try:
        issue(run, request.user, Command.Kind.CHANGE, form.values, request.POST.get("own.key", "")[:64])
    except CommandRefusedError as error:
        return drawn(request, {**context, "problem": str(error)})
    return trigger_client_event(answer(request, run), "close-dialog")


@require_http_methods(["GET", "POST"])
def new_branch(request: HttpRequest, pk: int, checkpoint: int) -> HttpResponse:
    """The form of a branch: a name, and what shall differ. A POST with `own.do` makes it."""
    run = mine(request, pk)
    origin = get_object_or_404(Checkpoint.objects.filter(run=run), pk=checkpoint)
    name = request.POST.get("own.name", "").strip()[:LONGEST] or copied(run, request.user)
    context: dict[str, Any] = {"run": run, "origin": origin, "name": name, "edit_url": request.path}
    try:
        form = context["form"] = ChangeForm(run.version, spec_of(origin), posted(request))
        if not decided(request, form):
            return drawn(request, context)
        made = branch(origin, request.user, name, form.values)
    except (BranchRefusedError, CommandRefusedError) as error:
        return drawn(request, {**context, "problem": str(error)})
    address = made.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def posted(request: HttpRequest) -> dict[str, str] | None:
    """What the form of a change holds, once it was touched."""
    return request.POST.dict() if request.method == "POST" else None


def decided(request: HttpRequest, form: ChangeForm) -> bool:
    """Whether somebody wants what the form says, and it can be read; buttons of rows are pressed."""
    if action := request.POST.get("action", ""):
        form.act(action)
    return "own.do" in request.POST and not form.problems


def drawn(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The whole form the first time, afterwards its fields with what there is to say about them."""
    if request.method == "GET" or "form" not in context or not request.htmx:
        return render(request, "runs/run/cockpit/change.html", context)
    response = render(request, "runs/run/cockpit/change_fields.html", context)
    return reswap(retarget(response, "#change-fields"), "innerHTML")


@require_GET
def download(request: HttpRequest, pk: int, checkpoint: int) -> FileResponse:
    """A checkpoint's file."""
    origin = get_object_or_404(Checkpoint.objects.filter(run=mine(request, pk)), pk=checkpoint)
    try:
        file = origin.file().open("rb")
    except (OSError, ValueError) as error:
        raise Http404 from error
    return FileResponse(file, as_attachment=True, filename=f"run-{pk}-step-{origin.step}.safetensors")

"""Numbers out of small forms, and where to go when one of them was refused."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from webapp.runs.forms import numbers
from webapp.runs.forms.schema import Number
from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import MAX_TRIALS

TRIALS = Number("Trials", "", 20, whole=True, least=1, most=MAX_TRIALS)
EPOCHS = Number("Epochs", "", 50, whole=True, least=1, most=100_000)
SEEDS = Number("Seeds", "", 3, whole=True, least=1, most=100)
BEST = Number("Trials", "", 3, whole=True, least=1, most=100)


def read_number(posted: Mapping[str, str], name: str, field: Number) -> int | float:
    """The number in a field within its bounds. Raises ValueError with a sentence."""
    value = numbers.parse(posted.get(name, ""), field)
    text = posted.get(name, "").strip()
    beneath = field.above is not None and value <= field.above
    if beneath or (field.least is not None and value < field.least):
        raise ValueError(numbers.too_small(text, field))
    if field.most is not None and value > field.most:
        raise ValueError(numbers.too_large(text, field))
    return value


def done(request: HttpRequest, sweep: Sweep, said: str = "") -> HttpResponse:
    """It is done: the page fetches what has changed and says it; without htmx it loads anew."""
    if not request.htmx:
        return redirect(sweep)
    return trigger_client_event(HttpResponse(status=204), "sweep-changed", {"said": said})


def refused(request: HttpRequest, sweep: Sweep, why: str) -> HttpResponse:
    """Nothing has changed, and why: in the page's own place for that."""
    if not request.htmx:
        messages.error(request, why)
        return redirect(sweep)
    answer = render(request, "sweeps/sweep/problem.html", {"problem": why})
    return reswap(retarget(answer, "#sweep-problem"), "outerHTML")


def elsewhere(request: HttpRequest, address: str) -> HttpResponse:
    """Go to another page; htmx, too, leaves this one."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)

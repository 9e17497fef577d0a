"""Telling a sweep what to do: pause, resume, stop, more trials, other budgets, narrower ranges."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from webapp.sweeps import control
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.change_form import BudgetForm, NarrowingForm
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.pages.reading import TRIALS, done, read_number, refused

PLAIN: dict[str, Callable[[Sweep], None]] = {
    "pause": control.pause,
    "resume": control.resume,
    "stop": control.stop,
}
KINDS = [*PLAIN, "add"]


@require_POST
def command(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause, resume or stop it, or add trials."""
    found = mine(request, pk)
    kind = request.POST.get("kind", "")
    said = ""  # what was paused, goes on or has stopped says so by its state
    try:
        if kind in PLAIN:
            PLAIN[kind](found)
        elif kind == "add":
            control.add_trials(found, int(read_number(request.POST, "trials", TRIALS)))
            said = f"{found.planned.trials:,} trials in all."
        else:
            raise ValueError(f"There is no command “{kind[:40]}”. There are: {', '.join(KINDS)}.")
    except ValueError as error:
        return refused(request, found, str(error))
    return done(request, found, said)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """The dialog with budgets and ranges. A POST with `part` changes the one or the other."""
    found = mine(request, pk)
    part = request.POST.get("part", "")
    posted = request.POST if part else None
    budget = BudgetForm(found, posted if part == "budget" else None)
    narrowing = NarrowingForm(found.planned.space, posted if part == "ranges" else None)
    problem = ""
    if part:
        try:
            if carry_out(found, budget if part == "budget" else narrowing):
                said = "The budget has changed." if part == "budget" else "The ranges are narrower."
                return done(request, found, said)
        except ValueError as error:
            problem = str(error)
    context: dict[str, Any] = {"sweep": found, "budget": budget, "narrowing": narrowing, "part": part}
    return render(request, "sweeps/sweep/change.html", {**context, "problem": problem})


def carry_out(sweep: Sweep, form: BudgetForm | NarrowingForm) -> bool:
    """Do what a form says; whether it could be read. Raises ValueError when it is refused."""
    if isinstance(form, BudgetForm):
        values = form.values
        if form.problems:
            return False
        if not values:
            raise ValueError("Nothing is changed: write another number into at least one field.")
        control.set_budget(sweep, **values)
    elif form.space is None:
        return False
    elif form.space == form.before:
        raise ValueError("Nothing is changed: write a narrower range into at least one field.")
    else:
        control.narrow(sweep, form.space)
    return True

"""One trial in a dialog, and the ways from it to runs of their own."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from webapp.runs.models import Run
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.pages.mine import mine, trial_of
from webapp.sweeps.pages.presentation import objective, score
from webapp.sweeps.pages.reading import BEST, EPOCHS, SEEDS, elsewhere, read_number, refused
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.pages.trials import ranked
from webapp.sweeps.promoting import promote, retrain
from webapp.sweeps.wording import in_words, title_of


@require_safe
def trial(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What was tried, what came of it, and what can be done with it."""
    found = mine(request, pk)
    return shown(request, found, trial_of(found, number))


def shown(request: HttpRequest, sweep: Sweep, one: Trial, problem: str = "", wrong: str = "") -> HttpResponse:
    """The dialog; with a `problem` in the form that is `wrong`, "promote" or "again", as it was written."""
    run = one.run if one.run is not None and one.run.deleted is None else None
    context = {
        "sweep": sweep,
        "trial": one,
        "run": run,
        "score": score(sweep, one.score),
        "objective": objective(sweep),
        "values": [(title_of(path), in_words(path, value)) for path, value in one.values.items()],
        "epochs": sweep.spec["epochs"],
        "further": 2 * sweep.spec["epochs"],
        "can_go_on": run is not None and one.state not in Trial.OPEN,
        "problem": problem,
        "wrong": wrong,
        "posted": request.POST,
    }
    return render(request, "sweeps/sweep/trial.html", context)


@require_POST
def promote_trial(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Go on from its last checkpoint as a run that one watches."""
    found = mine(request, pk)
    one = trial_of(found, number)
    return told(request, found, lambda: [promote(one, epochs(request), request.user)], one, "promote")


@require_POST
def retrain_trials(request: HttpRequest, pk: int) -> HttpResponse:
    """Train one trial, by `number`, or the `best` so many of those that the address chooses, anew with other
    epochs and seeds."""
    found = mine(request, pk)
    text = request.POST.get("number", "")
    one = trial_of(found, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def made() -> list[Run]:
        chosen = (
            [one]
            if one
            else best(found, Selection.read(found, request.GET), int(read_number(request.POST, "best", BEST)))
        )
        return retrain(chosen, epochs(request), int(read_number(request.POST, "seeds", SEEDS)), request.user)

    return told(request, found, made, one, "again")


def epochs(request: HttpRequest) -> int:
    return int(read_number(request.POST, "epochs", EPOCHS))


def best(sweep: Sweep, selection: Selection, n: int) -> list[Trial]:
    """The best of the chosen trials that have a run."""
    numbers = [row.number for row in ranked(selection) if row.run is not None][:n]
    found = list(sweep.trials.ranked().filter(number__in=numbers).select_related("run"))
    if not found:
        some = "None of the chosen trials has" if selection.is_filtered else "No trial has"
        raise ValueError(f"{some} finished yet, and only finished ones are compared.")
    for one in found:
        one.sweep = sweep
    return found


def told(
    request: HttpRequest, sweep: Sweep, make: Callable[[], Iterable[Run]], one: Trial | None, form: str
) -> HttpResponse:
    """Make runs and go there; a refusal stands in the `form` of its trial's dialog."""
    try:
        runs = list(make())
    except ValueError as error:
        if one is not None and request.htmx:
            return shown(request, sweep, one, str(error), form)
        return refused(request, sweep, str(error))
    if len(runs) == 1:
        return elsewhere(request, runs[0].get_absolute_url())
    messages.success(request, f"{len(runs):,} runs wait for a worker.")
    return elsewhere(request, f"{reverse('runs:list')}?q=promoted={sweep.pk}")

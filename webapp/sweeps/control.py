"""Changing a sweep while it runs. Every function raises ValueError with a sentence when it is refused."""

from __future__ import annotations

from django.db.models.functions import Now

from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.space import Space

State = Sweep.State
OPEN = (State.RUNNING, State.PAUSED)


def pause(sweep: Sweep) -> None:
    """No further trial begins until it is resumed."""
    if not sweep._change((State.RUNNING,), state=State.PAUSED):
        raise ValueError(f"This sweep is {sweep.state}: only a running one can be paused.")


def resume(sweep: Sweep) -> None:
    """Go on where it was paused or stopped."""
    if not sweep._change((State.PAUSED, State.STOPPED), state=State.RUNNING, resumed=Now(), ended=None):
        raise ValueError(f"This sweep is {sweep.state}: only a paused or stopped one can go on.")


def stop(sweep: Sweep) -> None:
    """End it; what was trained stays."""
    if not sweep._change(OPEN, state=State.STOPPED, ended=Now(), reason="Stopped by hand."):
        raise ValueError(f"This sweep has {sweep.state} already.")


def add_trials(sweep: Sweep, n: int) -> None:
    """Train so many more."""
    _replan(sweep, trials=sweep.planned.trials + n)


def set_budget(
    sweep: Sweep, trials: int | None = None, minutes: float | None = None, epochs: int | None = None
) -> None:
    """Change what it may use up; None: as before."""
    if trials is not None and trials < sweep.trials.count():
        raise ValueError(f"{sweep.trials.count()} trials were begun already: give at least as many.")
    given = {"trials": trials, "minutes": minutes, "epochs": epochs}
    _replan(sweep, **{name: value for name, value in given.items() if value is not None})


def narrow(sweep: Sweep, space: Space) -> None:
    """Search within `space` from now on."""
    if problems := space.problems(sweep.spec):
        raise ValueError(" ".join(problems.values()))
    _replan(sweep, space=space.model_dump(mode="json"))


def delete(sweep: Sweep) -> None:
    """Hide it, with its trials."""
    if sweep.trials.filter(state=Trial.State.TRAINING).exists() or not sweep.has_ended:
        raise ValueError("This sweep still runs: stop it first, then delete it.")
    sweep._change(Sweep.ENDED, deleted=Now())


def _replan(sweep: Sweep, **changes: object) -> None:
    if not sweep._change(tuple(State), plan={**sweep.plan, **changes}):
        raise ValueError("This sweep was deleted.")

"""The truth about a run's state: in one word, and why it is so where that is not plain."""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.timezone import localtime, now

from webapp.runs.models import LEASE, Run

State = Run.State
LONG = timedelta(seconds=10)  # to wait for a worker while none is busy


class Standing(NamedTuple):
    """The reason in a sentence, or none, and how a notice with it should look."""

    reason: str = ""
    tone: str = "info"


def word(run: Run) -> str:
    """The state, and beside those of the database: what is about to happen, and a worker that is silent."""
    if run.is_active and run.lease_until is not None and run.lease_until < now():
        return "stale"
    if run.is_active and run.wish:
        return {"stop": "stopping", "pause": "pausing"}[run.wish]
    if run.state in (State.QUEUED, State.STARTING) and run.deaths:
        return "recovering"
    return run.state


def standing(run: Run) -> Standing:
    """Why the run stands as it does."""
    match word(run):
        case "stale":
            return Standing(_silence(run), "warning")
        case "recovering" if run.state == State.STARTING:
            return Standing("Its worker died: another one goes on from the last checkpoint.")
        case "recovering":
            return Standing(
                f"Its worker died; it will go on from its last checkpoint. {_place(run)}", "warning"
            )
        case "queued":
            return Standing(_place(run))
        case "paused" if run.is_trial:
            return Standing(f"After step {run.step:,}: it goes on from there with its sweep.")
        case "paused":
            return Standing(f"Paused after step {run.step:,}: it goes on from there when it is resumed.")
        case "failed" | "diverged":
            return Standing(run.reason, "error")
    return Standing(run.reason)


def _silence(run: Run) -> str:
    assert run.lease_until is not None
    since = localtime(run.lease_until - LEASE)
    return (
        f"No sign of life from its worker since {since:%H:%M:%S}. If it stays silent, another one goes on "
        "from the last checkpoint."
    )


def _place(run: Run) -> str:
    """Where in the queue, and what it waits for."""
    before = Run.objects.filter(state=State.QUEUED, queued__lt=run.queued).exclude(pk=run.pk).count()
    place = f"Place {before + 1:,} in the queue"
    busy = Run.objects.active().aggregate(
        runs=Count("pk", filter=Q(is_trial=False)), trials=Count("pk", filter=Q(is_trial=True))
    )
    if busy["runs"] or busy["trials"]:
        return f"{place}: {_trained(**busy)} now, and every worker is busy."
    if now() - run.queued > LONG:
        return f"{place}, and no worker takes a run: is one running?"
    return f"{place}."


def _trained(runs: int, trials: int) -> str:
    """Many trials may train on one worker: "1 run and 64 trials of sweeps are being trained"."""
    parts = ["1 run" if runs == 1 else f"{runs:,} runs"] if runs else []
    parts += ["1 trial of a sweep" if trials == 1 else f"{trials:,} trials of sweeps"] if trials else []
    return f"{' and '.join(parts)} {'is' if runs + trials == 1 else 'are'} being trained"

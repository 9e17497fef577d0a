"""The truth about a run's state: in one word, and why it is so where that is not plain."""

from datetime import timedelta
from typing import NamedTuple

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
    busy = Run.objects.active().count()
    if busy:
        trained = "1 run is being trained" if busy == 1 else f"{busy:,} runs are being trained"
        return f"{place}: {trained} now, and every worker is busy."
    if now() - run.queued > LONG:
        return f"{place}, and no worker takes a run: is one running?"
    return f"{place}."

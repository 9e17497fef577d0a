"""A sweep has ended: what its owner is told of it."""

from __future__ import annotations

from webapp.runs.models import Notice
from webapp.runs.notices.telling import tell
from webapp.sweeps.models import Sweep, SweepNotice
from webapp.sweeps.pages.presentation import Standing, counts_in_words, objective, score
from webapp.sweeps.wording import ABSENT

TOLD = (Sweep.State.FINISHED, Sweep.State.FAILED)


def notify(sweep: Sweep) -> Notice | None:
    """Tell the owner that the sweep has finished or failed; once an ending, however often it is called.

    Whoever stopped a sweep knows that it ended.
    """
    return tell(f"sweep {sweep.pk}", lambda: notice_of(sweep))


def notice_of(sweep: Sweep) -> SweepNotice | None:
    """An unsaved notice of how the sweep ended; its trials' test errors are sealed and not looked at."""
    ended = Sweep.objects.with_dataset().filter(pk=sweep.pk, state__in=TOLD).first()
    if ended is None:
        return None
    standing = Standing.of(ended)
    return SweepNotice(
        user=ended.owner,
        sweep=ended,
        ended=ended.ended,
        kind="sweep",
        state=ended.state,
        name=" ".join(ended.name.split()),
        outcome=outcome(standing),
        address=ended.get_absolute_url(),
        figures=figures(standing),
        facts=facts(standing),
    )


def outcome(standing: Standing) -> str:
    """`64 trials, best dev error 1.40 %`."""
    sweep, best, n = standing.sweep, standing.best, standing.done
    trials = "1 trial" if n == 1 else f"{n:,} trials"
    return f"{trials}, best {objective(sweep)} {score(sweep, best.score)}" if best else trials


def figures(standing: Standing) -> list[tuple[str, str]]:
    """What an e-mail says."""
    sweep, best = standing.sweep, standing.best
    found = f"{score(sweep, best.score)}, trial {best.number}" if best else ABSENT
    return [
        ("Dataset", sweep.dataset.name),
        ("Trials", counts_in_words(standing)),
        ("Epochs", f"{sweep.trained_epochs:,}"),
        (f"Best {objective(sweep)}", found),
        *([("Reason", sweep.reason)] if sweep.reason else []),
    ]


def facts(standing: Standing) -> dict[str, object]:
    """What a webhook gets."""
    sweep, best = standing.sweep, standing.best
    return {
        "id": sweep.pk,
        "name": sweep.name,
        "state": sweep.state,
        "reason": sweep.reason,
        "dataset": sweep.dataset.name,
        "trials": standing.counts,
        "epochs": sweep.trained_epochs,
        "objective": objective(sweep),
        "best": best.score if best else None,
        "best_trial": best.number if best else None,
    }

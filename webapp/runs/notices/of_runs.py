"""A run has ended: what its owner is told of it."""

from webapp.runs.models import Notice, Run
from webapp.runs.notices.telling import tell
from webapp.runs.pages.presentation import error

TOLD = (Run.State.FINISHED, Run.State.DIVERGED, Run.State.FAILED)


def notify(run: Run) -> Notice | None:
    """Tell the owner that the run has finished, diverged or failed; once, however often it is called.

    Whoever stopped a run knows that it ended, and a trial is told of by the sweep that it belongs to.
    """
    return tell(f"run {run.pk}", lambda: notice_of(run))


def notice_of(run: Run) -> Notice | None:
    """An unsaved notice of how the run ended; never of its test error, which is sealed."""
    ended = Run.objects.with_dataset().get(pk=run.pk)
    if ended.state not in TOLD or ended.deleted or ended.is_trial:
        return None
    return Notice(
        user=ended.owner,
        run=ended,
        attempt=ended.attempt,
        state=ended.state,
        name=" ".join(ended.name.split()),
        address=ended.get_absolute_url(),
        figures=figures(ended),
        facts=facts(ended),
    )


def figures(run: Run) -> list[tuple[str, str]]:
    """What an e-mail says."""
    return [
        ("Dataset", run.dataset.name),
        ("Epochs", f"{run.epoch:,}"),
        ("Train error", error(run, run.train_error)),
        ("Dev error", error(run, run.dev_error)),
        ("Best dev error", error(run, run.best_dev_error)),
        *([("Reason", run.reason)] if run.reason else []),
    ]


def facts(run: Run) -> dict[str, object]:
    """What a webhook gets."""
    return {
        "id": run.pk,
        "name": run.name,
        "state": run.state,
        "reason": run.reason,
        "dataset": run.dataset.name,
        "epoch": run.epoch,
        "step": run.step,
        "train_error": run.train_error,
        "dev_error": run.dev_error,
        "best_dev_error": run.best_dev_error,
    }

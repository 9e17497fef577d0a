"""What has to hold before anything is trained for a run."""

from django.conf import settings

from webapp.datasets.preparation import estimate_for
from webapp.runs.models import Run


def admit(run: Run) -> None:
    """Raise ValueError when the run must not be trained, or would need more memory than it may have."""
    refuse_quarantined(run)
    refuse_too_large(run)


def refuse_quarantined(run: Run) -> None:
    """ValueError when its data were taken out of use while it waited."""
    if why := run.dataset.quarantine:
        raise ValueError(f"“{run.dataset}” is in quarantine, so nothing is trained on it. {why}")


def refuse_too_large(run: Run) -> None:
    """ValueError when the run would need more memory than a run may have."""
    needed = estimate_for(run.version, run.configuration).memory_bytes / 2**20
    limit = settings.HONE_RUN_MEMORY_BYTES / 2**20
    if needed > limit:
        raise ValueError(
            f"This run needs about {needed:,.0f} MB of memory and may have {limit:,.0f} MB: "
            "lower the units of the widest layers or the batch size."
        )

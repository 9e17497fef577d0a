"""How long a sweep has been running."""

from __future__ import annotations

from django.utils.timezone import now

from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import Plan


def elapsed(sweep: Sweep) -> float:
    """Seconds that it was running, pauses left out."""
    return sweep.seconds + ((now() - sweep.resumed).total_seconds() if sweep.is_running else 0.0)


def is_over_time(sweep: Sweep, plan: Plan) -> bool:
    """Whether its budget of time is used up."""
    return plan.minutes is not None and elapsed(sweep) >= 60 * plan.minutes

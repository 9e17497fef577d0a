"""The sweep of a run for templates."""

from django import template

from webapp.runs.models import Run
from webapp.sweeps.models import Trial
from webapp.sweeps.training.flight import max_evaluated

register = template.Library()


@register.simple_tag
def trial_of(run: Run) -> Trial | None:
    """The trial that a run is or was, with its sweep; None for all other runs, and when the sweep is gone."""
    return Trial.objects.select_related("sweep").filter(run=run).first()


@register.simple_tag
def promoted_from(run: Run) -> Trial | None:
    """The trial that led to a run of its own, with its sweep; None for all other runs, and when the sweep is
    gone."""
    return Trial.objects.select_related("sweep").filter(promotions__run=run).first()


@register.simple_tag
def judged_by(run: Run) -> int | None:
    """By how many training examples the epochs of a trial are judged; None where it is by all of them, and of
    other runs."""
    if not run.is_trial:
        return None
    n = max_evaluated([run.configuration], run.version.n_dev)
    return n if n < run.version.n_train else None

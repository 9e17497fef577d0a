"""The sweep of a run for templates."""

from django import template

from webapp.runs.models import Run
from webapp.sweeps.models import Trial

register = template.Library()


@register.simple_tag
def trial_of(run: Run) -> Trial | None:
    """The trial that a run is or was, with its sweep; None for all other runs, and when the sweep is gone."""
    return Trial.objects.select_related("sweep").filter(run=run, sweep__deleted=None).first()

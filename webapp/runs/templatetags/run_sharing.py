"""Links to a run for templates."""

from django import template

from webapp.runs.models import Run, Share

register = template.Library()


@register.simple_tag
def shares_of(run: Run) -> list[Share]:
    """The links to it that are good, the newest first."""
    return list(run.shares.good())

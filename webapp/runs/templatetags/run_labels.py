"""Labels of a run for templates."""

from typing import Any

from django import template

from webapp.runs.labels import notes
from webapp.runs.models import Run

register = template.Library()


@register.simple_tag
def labels_of(run: Run) -> dict[str, Any]:
    """Its tags as a list and as one writes them, and its note with links."""
    names = [tag.name for tag in run.tags.all()]
    return {"tags": names, "written_tags": ", ".join(names), "note": notes.as_html(run.notes)}

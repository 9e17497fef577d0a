"""What the form of a run has to know of ranges."""

from django import template

from webapp.runs.forms.fields import Bound
from webapp.sweeps.forms.places import is_searchable, of_all_layers
from webapp.sweeps.forms.ranges import Slot

register = template.Library()


@register.filter
def searchable(bound: Bound) -> bool:
    """Whether the value of this control can be made a range."""
    return is_searchable(bound)


@register.simple_tag
def slots_of_layers() -> list[Slot]:
    """What all layers together can be searched for."""
    return [Slot(path) for path in of_all_layers()]

"""Notes: plain text that people write about a run."""

from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

LONGEST = 20_000


def as_html(note: str) -> SafeString:
    """The note with its addresses as links; all else is text, whatever it looks like.

    A linked page is not told where it was linked from, and cannot reach this one.
    """
    linked = urlize(note, nofollow=True, autoescape=True)
    # All quotes of the note itself are escaped by now
    return mark_safe(linked.replace('rel="nofollow"', 'rel="nofollow noopener noreferrer"'))

"""Names of people's own as a chart may show them."""

from html import escape

LONGEST = 26


def label(name: object, longest: int = LONGEST) -> str:
    """At most `longest` characters. Plotly reads <b> and the like in a text as markup: it is escaped."""
    text = " ".join(str(name).split())
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return escape(text, quote=False)

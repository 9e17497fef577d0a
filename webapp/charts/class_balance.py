"""How many examples each class has: a lopsided set makes a low error rate easy and meaningless."""

from collections.abc import Sequence
from html import escape

from plotly.graph_objects import Bar, Figure


def class_balance(classes: Sequence[str], counts: Sequence[int]) -> Figure:
    """One bar a class, in the order given; `classes` and `counts` have the same length."""
    total = sum(counts) or 1
    bars = Bar(
        # Plotly reads <b> and the like in a text as markup
        x=[escape(str(name), quote=False) for name in classes],
        y=list(counts),
        customdata=[count / total for count in counts],
        meta={"series": "train"},
        hovertemplate="%{y:,} examples, %{customdata:.1%}<extra></extra>",
    )
    return Figure(
        bars,
        {
            "showlegend": False,
            "hovermode": "closest",
            # a class called "3" is a name and not a number
            "xaxis": {"type": "category", "title": {"text": "class"}},
            "yaxis": {"title": {"text": "examples"}, "tickformat": ",d"},
        },
    )

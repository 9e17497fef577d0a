"""How many examples each class has: a lopsided set makes a low error rate easy and meaningless."""

from collections.abc import Sequence

from plotly.graph_objects import Bar, Figure

from webapp.charts.scale import whole_ticks
from webapp.charts.text import label

PARTS = ("train", "dev", "test")
NAMED = 40  # classes up to which every one is named below its bars


def class_balance(classes: Sequence[str], counts: Sequence[int]) -> Figure:
    """One bar a class, in the order given; `classes` and `counts` have the same length."""
    total = sum(counts) or 1
    bars = Bar(
        x=[label(name) for name in classes],
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
            "yaxis": {"title": {"text": "examples"}, "tickformat": ",d", **whole_ticks(counts)},
        },
    )


def class_balance_by_part(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Figure:
    """Beside each other the share of each class in train, dev and test; `counts` are (3, classes).

    Shares and not rows: dev and test are meant to be smaller, but to have the same mixture.
    """
    places, step = list(range(len(classes))), 1 + len(classes) // NAMED
    bars = [
        Bar(
            x=places,
            y=[count / (sum(own) or 1) for count in own],
            customdata=list(own),
            name=part,
            meta={"series": part},
            hovertemplate="%{y:.1%} (%{customdata:,})",
        )
        for part, own in zip(PARTS, counts, strict=True)
        if sum(own)
    ]
    return Figure(
        bars,
        {
            "showlegend": True,
            "barmode": "group",
            "bargap": 0.25,
            "bargroupgap": 0.04,
            "xaxis": {
                "tickmode": "array",
                "tickvals": places[::step],
                "ticktext": [label(name, 18) for name in classes[::step]],
                "title": {"text": "class"},
                "showspikes": False,
            },
            "yaxis": {"title": {"text": "share of the part"}, "tickformat": ".0%"},
        },
    )

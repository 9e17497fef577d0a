"""The one look of every chart: Plotly's layout template and the hues of the series, light and dark."""

from typing import Literal

from plotly.graph_objects import layout

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# Okabe and Ito, "Color universal design" (2008); on a dark ground each a little lighter, the hue stays.
SERIES: dict[Scheme, dict[str, str]] = {
    "light": {"train": "#0072b2", "dev": "#d55e00", "test": "#009e73"},
    "dark": {"train": "#429fda", "dev": "#f07b25", "test": "#1fb98b"},
}
OTHERS: dict[Scheme, tuple[str, ...]] = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#3a87b7", "#8a6d00", "#1b1c21"),
    "dark": ("#429fda", "#f07b25", "#1fb98b", "#d98fb9", "#e69f00", "#56b4e9", "#f0e442", "#e8e9ed"),
}
INK: dict[Scheme, dict[str, str]] = {
    "light": {
        "text": "#5b5e6b",
        "grid": "#ececf0",
        "line": "#d4d5dc",
        "ground": "#ffffff",
        "strong": "#1b1c21",
    },
    "dark": {
        "text": "#a3a6b2",
        "grid": "#26282f",
        "line": "#3a3d47",
        "ground": "#212228",
        "strong": "#e8e9ed",
    },
}
# The middle is the ground, so that nothing looks like nothing; both ends differ for every kind of sight.
DIVERGING: dict[Scheme, tuple[str, ...]] = {
    "light": ("#00476f", "#0072b2", "#8fbfdd", "#f7f7f9", "#f0b48a", "#d55e00", "#8a3d00"),
    "dark": ("#9ad0f5", "#429fda", "#24567a", "#2b2d34", "#7d4a23", "#f07b25", "#ffc08f"),
}
SEQUENTIAL: dict[Scheme, tuple[str, ...]] = {
    "light": ("#b5d5ea", "#7ab4da", "#3391cc", "#00639c", "#00304d"),
    "dark": ("#28587a", "#33789f", "#429fda", "#8cc8f2", "#e6f4fe"),
}
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif'


def template(scheme: Scheme) -> layout.Template:
    """Transparent ground, thin grid, small tabular figures, narrow margins."""
    ink = INK[scheme]
    axis = {
        "gridcolor": ink["grid"],
        "linecolor": ink["line"],
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 12}},
        "tickfont": {"size": 11},
        "exponentformat": "e",
    }
    spike = {"spikecolor": ink["text"], "spikethickness": 1, "spikedash": "solid", "spikemode": "across"}
    return layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 12, "color": ink["text"]},
            "colorway": OTHERS[scheme],
            "colorscale": {
                "diverging": _scale(DIVERGING[scheme]),
                "sequential": _scale(SEQUENTIAL[scheme]),
                "sequentialminus": _scale(SEQUENTIAL[scheme][::-1]),
            },
            "margin": {"l": 16, "r": 8, "t": 12, "b": 16},  # and what the axes' own titles take
            "xaxis": {**axis, **spike, "showgrid": False, "showline": True, "exponentformat": "SI"},
            "yaxis": axis,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": ink["ground"],
                "bordercolor": ink["line"],
                "font": {"family": FONT, "size": 12, "color": ink["strong"]},
            },
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": ink["text"], "activecolor": ink["strong"]},
            "bargap": 0.15,
        }
    )


def _scale(colours: tuple[str, ...]) -> list[tuple[float, str]]:
    """The colours at equal distances from 0 to 1."""
    return [(i / (len(colours) - 1), colour) for i, colour in enumerate(colours)]

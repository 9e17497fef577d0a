"""Which columns are empty together: a line for each pattern, the most frequent at the top."""

from collections.abc import Sequence

from plotly.graph_objects import Figure, Heatmap

from webapp.charts.text import label


def missing_patterns(names: Sequence[str], patterns: Sequence[tuple[Sequence[int], float]]) -> Figure:
    """`patterns` are the numbers of the empty columns and the share of rows: a mark where cells are empty."""
    across, down = list(range(len(names))), list(range(len(patterns)))
    marks = [[1 if column in empty else None for column in across] for empty, _ in patterns]
    full = [label(name, 80) for name in names]
    said = [
        [f"{name} {'is empty' if mark else 'has a value'}" for name, mark in zip(full, line, strict=True)]
        for line in marks
    ]
    cells = Heatmap(
        z=marks, x=across, y=down, text=said, xgap=2, ygap=2,
        zmin=0, zmax=2, autocolorscale=True, showscale=False,
        customdata=[[share] * len(names) for _, share in patterns],
        hovertemplate="%{text} in these %{customdata:.1%} of the rows<extra></extra>",
    )  # fmt: skip
    return Figure(
        cells,
        {
            "hovermode": "closest",
            "xaxis": {
                "tickmode": "array", "tickvals": across, "ticktext": [label(name, 18) for name in names],
                "showspikes": False, "showline": False,
            },
            "yaxis": {
                "tickmode": "array", "tickvals": down, "ticktext": [f"{share:.1%}" for _, share in patterns],
                "range": [len(patterns) - 0.5, -0.5], "showgrid": False, "title": {"text": "rows"},
            },
        },
    )  # fmt: skip

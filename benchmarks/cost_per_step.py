"""Cost per step by width and by depth of the network, drawn for the documentation.

Two hidden layers of 8 to 2,048 units, and 1 to 16 layers of 128, from 784 inputs to 10 classes with batches
of 64 and Adam, on one thread; each point is the median of several turns.
"""

from pathlib import Path
from statistics import median

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from benchmarks.turns import Library
from tests import chromium
from webapp.charts.template import SERIES, template

WIDTHS = (8, 16, 32, 64, 128, 256, 512, 1_024, 2_048)
DEPTHS = (1, 2, 4, 8, 16)
TURNS = {True: 1, False: 7}
SECONDS = 0.1


def draw(file: Path, quick: bool) -> None:
    """Measure and write the picture, a PNG."""
    widths = {width: f"784-{width}-{width}-10 at 64" for width in WIDTHS}
    depths = {depth: "784-" + "128-" * depth + "10 at 64" for depth in DEPTHS}
    with Library("hone", threads=1) as hone:
        by_width, by_depth = (
            {x: seconds_per_step(hone, net, TURNS[quick]) for x, net in nets.items()}
            for nets in (widths, depths)
        )
    screenshot(figure(by_width, by_depth), file)


def seconds_per_step(hone: Library, net: str, turns: int) -> float:
    """The median of so many turns."""
    return median(hone.seconds_per_step(net, SECONDS) for _ in range(turns))


def figure(by_width: dict[int, float], by_depth: dict[int, float]) -> go.Figure:
    """Seconds per step over widths and over depths, side by side on doubly logarithmic axes."""
    panels = make_subplots(1, 2, horizontal_spacing=0.12)
    titles = "units in each of two hidden layers", "hidden layers of 128 units"
    for column, (title, costs) in enumerate(zip(titles, (by_width, by_depth), strict=True), start=1):
        xs, ys = list(costs), [1e6 * seconds for seconds in costs.values()]
        line = {"color": SERIES["light"]["train"], "width": 2}
        curve = go.Scatter(x=xs, y=ys, mode="lines+markers+text", line=line, showlegend=False)
        curve.update(text=[f"{y:,.0f}" for y in ys], textposition="top center", textfont_size=11)
        panels.add_trace(curve, 1, column)
        panels.update_xaxes(title_text=title, type="log", tickvals=xs, row=1, col=column)
        panels.update_yaxes(
            title_text="microseconds per step",
            type="log",
            tickvals=[50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4],
            tickformat=",d",
            row=1,
            col=column,
        )
    return panels.update_layout(template=template("light"), paper_bgcolor="white", width=1000, height=380)


def screenshot(drawn: go.Figure, file: Path) -> None:
    """The figure as Chromium shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.OPTIONS)
        page = browser.new_page(viewport={"width": 1000, "height": 380}, device_scale_factor=2)
        page.set_content(drawn.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
        page.locator(".js-plotly-plot").screenshot(path=file)
        browser.close()

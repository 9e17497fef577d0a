"""The weights of the first layer's units as images: what each unit looks for."""

import math

import numpy as np
from numpy.typing import ArrayLike
from plotly.graph_objects import Figure, Heatmap, Image

GAP = 1


def first_weights(images: ArrayLike, scale: float) -> Figure:
    """`images` (units, height, width, channels) in uint8, where 128 is zero and 255 stands for `scale`.

    Of one channel in blue and orange with nothing in the colour of the ground; of three as colours.
    """
    sheet = _sheet(np.asarray(images))
    axis = {"showgrid": False, "showline": False, "showticklabels": False, "showspikes": False}
    layout = {
        "hovermode": "closest",
        "xaxis": {**axis, "constrain": "domain"},
        "yaxis": {**axis, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
    }
    if sheet.shape[-1] == 3:
        filled = np.where(np.isnan(sheet), 128, sheet).astype(np.uint8)
        return Figure(Image(z=filled, hoverinfo="skip"), layout)
    weights = (sheet.mean(axis=-1) - 128) * (scale / 127)
    cells = Heatmap(
        z=np.round(weights, 4 - math.floor(math.log10(scale))),
        zmin=-scale,
        zmax=scale,
        autocolorscale=True,
        colorbar={"thickness": 10, "outlinewidth": 0, "xpad": 6},
        hoverongaps=False,
        hovertemplate="%{z:.3g}<extra></extra>",
    )
    return Figure(cells, layout)


def _sheet(images: np.ndarray) -> np.ndarray:
    """All images on one, (rows, columns, channels), NaN between them."""
    units, height, width, channels = images.shape
    across = math.ceil(math.sqrt(units))
    down = math.ceil(units / across)
    sheet = np.full((down * (height + GAP) - GAP, across * (width + GAP) - GAP, channels), np.nan)
    for place, image in enumerate(images):
        top, left = (height + GAP) * (place // across), (width + GAP) * (place % across)
        sheet[top : top + height, left : left + width] = image
    return sheet

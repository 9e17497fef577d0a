"""The contrast of the colours, computed as WCAG 2.2 defines it."""

import colorsys
import re
from itertools import product

import pytest
from django.conf import settings

from webapp.charts.template import INK, SCHEMES, SERIES, Scheme

TOKENS = (settings.BASE_DIR / "webapp/static/hone/tokens.css").read_text()
LIGHT, DARK = TOKENS.split("@media (prefers-color-scheme: dark)")

GROUNDS = ("bg", "surface", "sunken")
TEXTS = [
    *product(("text", "text-muted", "accent", "danger"), GROUNDS),
    *((name, f"{name}-soft") for name in ("accent", "good", "warning", "danger", "info")),
    *product(["text"], ("accent-soft", "good-soft", "warning-soft", "danger-soft", "info-soft")),
    *product(["text-muted"], ["accent-soft"]),
    *product(["accent-on"], ["accent-fill", "accent-fill-hover"]),
]
GRAPHICS = [*product(("train", "dev", "test", "line-strong", "accent"), ("bg", "surface"))]


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", css))


SCHEMED = {"light": colours(LIGHT), "dark": {**colours(LIGHT), **colours(DARK)}}


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_reaches_4_5_to_1(scheme: str, text: str, ground: str) -> None:
    assert contrast(SCHEMED[scheme][text], SCHEMED[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("shape", "ground"), GRAPHICS)
def test_lines_and_the_edges_of_fields_reach_3_to_1(scheme: str, shape: str, ground: str) -> None:
    assert contrast(SCHEMED[scheme][shape], SCHEMED[scheme][ground]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_words_of_a_chart_reach_4_5_to_1(scheme: Scheme) -> None:
    ink = INK[scheme]
    assert contrast(ink["text"], SCHEMED[scheme]["surface"]) >= 4.5
    assert contrast(ink["strong"], ink["ground"]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_charts_and_pages_draw_a_series_in_the_same_colour(scheme: Scheme) -> None:
    for name, colour in SERIES[scheme].items():
        assert SCHEMED[scheme][name] == colour


def test_both_schemes_name_the_same_colours() -> None:
    assert set(colours(DARK)) == set(colours(LIGHT))


def test_a_series_keeps_its_hue_in_the_dark() -> None:
    for name in ("train", "dev", "test"):
        light, dark = (colorsys.rgb_to_hls(*rgb(SERIES[scheme][name]))[0] for scheme in SCHEMES)
        assert abs(light - dark) * 360 < 10

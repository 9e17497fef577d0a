import json
from typing import Any

import numpy as np
import pytest
from plotly.graph_objects import Figure

from webapp.charts.class_balance import class_balance
from webapp.charts.cost_curve import cost_curve
from webapp.charts.distribution import distribution
from webapp.charts.error_curve import error_curve
from webapp.charts.payload import payload, plain
from webapp.charts.ranking import levels
from webapp.charts.template import SCHEMES, SERIES, template

FIGURES = [
    cost_curve(np.array([1, 2, 3]), np.array([2.3, np.nan, np.inf], np.float32)),
    error_curve([1, 2], np.array([0.5, 0.25]), [0.5, None]),
    error_curve([], [], [], share=False),
    class_balance(["0", "1"], [3, 5]),
    class_balance([], []),
]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_payload_is_strict_json(figure: Figure) -> None:
    json.dumps(payload(figure), allow_nan=False)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_payload_carries_both_looks_and_no_look_of_its_own(figure: Figure) -> None:
    drawn = payload(figure)
    assert set(drawn["themes"]) == {"light", "dark"}
    assert "template" not in drawn["layout"]


@pytest.mark.parametrize("figure", FIGURES)
def test_every_trace_names_a_series_that_each_scheme_has_a_hue_for(figure: Figure) -> None:
    drawn = payload(figure)
    for trace in drawn["data"]:
        for theme in drawn["themes"].values():
            assert trace["meta"]["series"] in theme["series"]


def test_a_number_that_is_not_finite_becomes_null() -> None:
    values = [1.0, float("nan"), -np.inf, np.float32("nan"), np.array([np.inf, 2]), (3, None, "nan")]
    assert plain(values) == [1.0, None, None, None, [None, 2.0], [3, None, "nan"]]


def test_arrays_of_two_dimensions_keep_their_shape() -> None:
    assert payload(Figure({"type": "heatmap", "z": np.eye(2)}))["data"][0]["z"] == [[1.0, 0.0], [0.0, 1.0]]


def test_the_cost_curve_is_a_thin_line_with_gaps_and_a_thick_one_for_its_average() -> None:
    line, average = payload(cost_curve([1, 2, 3], [0.5, float("nan"), 0.25]))["data"]
    assert (line["x"], line["y"]) == ([1, 2, 3], [0.5, None, 0.25])
    assert line["line"]["width"] == 1
    assert line["connectgaps"] is False
    assert (average["x"], average["line"]["width"]) == ([], 2)


def test_the_error_curve_has_a_train_and_a_dev_line() -> None:
    train, dev = payload(error_curve([1, 2], [0.5, 0.2], [0.6, 0.4]))["data"]
    assert (train["name"], train["y"]) == ("train", [0.5, 0.2])
    assert (dev["name"], dev["y"]) == ("dev", [0.6, 0.4])


def test_a_share_is_read_in_percent_and_a_distance_in_its_unit() -> None:
    share, distance = error_curve([], [], []), error_curve([], [], [], share=False)
    assert "%" in share.layout.yaxis.tickformat
    assert distance.layout.yaxis.tickformat is None
    assert "%}" in share.data[0].hovertemplate
    assert "%}" not in distance.data[0].hovertemplate


def test_classes_that_look_like_numbers_stay_names() -> None:
    figure = class_balance(["3", "10"], [1, 3])
    assert figure.layout.xaxis.type == "category"
    assert list(figure.data[0].customdata) == [0.25, 0.75]


@pytest.mark.parametrize(
    "axis",
    [
        lambda counts: class_balance(["a", "b"], counts).layout.yaxis,
        lambda counts: distribution([0, 1, 2], counts, (0.5, 1.0, 1.5), (0.0, 2.0)).layout.yaxis,
        lambda counts: levels(["a", "b"], counts).layout.xaxis,
    ],
)
def test_few_rows_are_counted_in_whole_numbers(axis: Any) -> None:
    assert [axis(counts).dtick for counts in ([3, 3], [1, 8], [3, 900])] == [1, 1, None]


def test_a_class_that_looks_like_markup_is_shown_as_it_is_written() -> None:
    assert list(class_balance(["<b>a</b>", "R&D"], [1, 3]).data[0].x) == ["&lt;b&gt;a&lt;/b&gt;", "R&amp;D"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_template_is_transparent_and_belongs_to_its_scheme(scheme: Any) -> None:
    layout = template(scheme).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert list(layout.colorway[:3]) == list(SERIES[scheme].values())

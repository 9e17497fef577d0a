import json

import numpy as np
import pytest
from plotly.graph_objects import Figure

from webapp.charts.class_balance import class_balance_by_part
from webapp.charts.correlation_map import READABLE, correlation_map
from webapp.charts.distribution import distribution, distribution_by_class
from webapp.charts.missing_patterns import missing_patterns
from webapp.charts.payload import payload
from webapp.charts.projection import AT_MOST, projection_by_class, projection_by_value
from webapp.charts.ranking import levels, missing_shares, strengths
from webapp.charts.template import SCHEMES, SERIES, template
from webapp.charts.text import label

LONG = "the same beginning of a name "
FIGURES = [
    distribution([0, 1, 2], [3, 4], (0.5, 1.0, 1.5), (0.0, 2.0), [9.0], "age"),
    distribution([0, 1], [0], (0.0, 0.0, 0.0), (0.0, 0.0)),
    distribution_by_class([0, 1, 2], {"a": [1, 3], "b": [0, 0]}),
    distribution_by_class([0, 1], {}),
    levels(["Bonn", "Rome"], [5, 3], 2, 7),
    levels([], []),
    strengths(["a", "b"], [0.5, 0.25], [True, False]),
    missing_shares(["a"], [0.5]),
    missing_patterns(["a", "b"], [([], 0.75), ([0, 1], 0.25)]),
    missing_patterns([], []),
    correlation_map(["a", "b"], [[1.0, None], [None, 1.0]]),
    correlation_map([], []),
    class_balance_by_part(["a", "b"], [[8, 2], [3, 1], [0, 0]]),
    projection_by_class([0.0, 1.0], [1.0, 0.0], [0, 1], ["a", "b"], [0.7, 0.2]),
    projection_by_class([], [], [], ["a"], [0.7, 0.2]),
    projection_by_value([0.0, 1.0], [1.0, 0.0], [-5.0, 5.0], [0.7, 0.2], "price"),
    projection_by_value([0.0], [1.0], [3.0], [0.7, 0.2]),
]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_payload_is_strict_json_without_a_look_of_its_own(figure: Figure) -> None:
    drawn = payload(figure)
    json.dumps(drawn, allow_nan=False)
    assert "template" not in drawn["layout"]


@pytest.mark.parametrize("figure", FIGURES)
def test_no_trace_brings_a_colour_that_one_of_the_schemes_would_not_suit(figure: Figure) -> None:
    for trace in payload(figure)["data"]:
        assert isinstance(trace.get("marker", {}).get("color", []), list)  # numbers, for a colour scale
        assert "color" not in trace.get("line", {})
        assert "colorscale" not in trace
        assert trace.get("meta", {"series": "train"})["series"] in SERIES["light"]


def test_a_distribution_marks_quartiles_fences_and_what_lies_beyond() -> None:
    bars, box = payload(FIGURES[0])["data"]
    assert (bars["x"], bars["width"], bars["y"]) == ([0.5, 1.5], [1, 1], [3, 4])
    assert (box["q1"], box["median"], box["q3"]) == ([0.5], [1.0], [1.5])
    assert (box["lowerfence"], box["upperfence"], box["x"]) == ([0.0], [2.0], [[9.0]])


def test_classes_of_different_sizes_are_compared_by_their_shares() -> None:
    small, large = distribution_by_class([0, 1, 2], {"a": [1, 3], "b": [100, 300]}).data
    assert list(small.y) == list(large.y) == [0.25, 0.75, 0.75]


def test_all_rarer_levels_are_one_pale_bar() -> None:
    (bars,) = payload(levels(["Bonn"], [5], 15, 7))["data"]
    assert (bars["text"], bars["x"]) == (["Bonn", "7 others"], [5, 15])
    assert bars["customdata"] == ["25.0%", "75.0%"]
    assert bars["marker"]["opacity"][1] < bars["marker"]["opacity"][0] == 1


def test_a_column_that_is_no_input_is_paler_and_says_so() -> None:
    (bars,) = strengths(["a", "b"], [0.5, 0.25], [True, False]).data
    assert list(bars.customdata) == ["", ", not an input"]
    assert bars.marker.opacity[1] < bars.marker.opacity[0]


def test_two_names_that_are_cut_alike_stay_two_bars() -> None:
    figure = missing_shares([LONG + "x", LONG + "y"], [0.5, 0.25])
    assert len(set(figure.layout.yaxis.ticktext)) == 1
    assert list(figure.data[0].y) == [0, 1]
    assert figure.data[0].text[1] == LONG + "y"


def test_a_pattern_marks_the_columns_that_are_empty_together() -> None:
    figure = missing_patterns(["a", "b"], [([], 0.75), ([1], 0.25)])
    assert payload(figure)["data"][0]["z"] == [[None, None], [None, 1]]
    assert list(figure.layout.yaxis.ticktext) == ["75.0%", "25.0%"]


def test_correlations_lie_on_a_scale_from_minus_one_to_one_and_are_written_while_there_is_room() -> None:
    small, large = (correlation_map([str(i) for i in range(n)], np.eye(n).tolist()).data[0] for n in (2, 30))
    assert (small.zmin, small.zmax) == (-1, 1)
    assert READABLE < 30
    assert (small.texttemplate, large.texttemplate) == ("%{z:.2f}", None)


def test_parts_are_compared_by_the_shares_of_their_classes_and_an_empty_part_is_left_out() -> None:
    train, dev = class_balance_by_part(["a", "b"], [[8, 2], [3, 1], [0, 0]]).data
    assert (train.name, list(train.y), list(train.customdata)) == ("train", [0.8, 0.2], [8, 2])
    assert (dev.name, list(dev.y), dev.meta) == ("dev", [0.75, 0.25], {"series": "dev"})


def test_at_most_two_thousand_points_are_drawn_and_the_same_for_one_seed() -> None:
    x = np.arange(10_000)
    (first,), (again,), (other,) = (
        projection_by_value(x, x, x, [0.5, 0.5], seed=seed).data for seed in (1, 1, 2)
    )
    assert len(first.x) == AT_MOST == 2_000
    assert list(first.x) == list(first.y) == list(again.x)
    assert list(first.x) != list(other.x)


def test_each_class_is_a_trace_and_beyond_eight_the_symbol_changes() -> None:
    codes = np.arange(10)
    traces = projection_by_class(codes, codes, codes, [str(i) for i in codes], [0.5, 0.5]).data
    assert [list(trace.x) for trace in traces] == [[i] for i in codes]
    assert traces[0].marker.symbol == traces[7].marker.symbol != traces[8].marker.symbol


def test_of_very_many_classes_the_most_frequent_are_told_apart() -> None:
    codes = np.repeat(np.arange(30), np.arange(1, 31))
    traces = projection_by_class(codes, codes, codes, [str(i) for i in range(30)], [0.5, 0.5]).data
    assert [trace.name for trace in traces] == [str(i) for i in range(14, 30)] + ["14 others"]
    assert sum(len(trace.x) for trace in traces) == len(codes)


def test_of_very_many_classes_some_are_named() -> None:
    names = [str(i) for i in range(100)]
    figure = class_balance_by_part(names, [[1] * 100] * 3)
    assert list(figure.layout.xaxis.ticktext) == names[::3]
    assert [len(bars.x) for bars in figure.data] == [100] * 3


def test_one_far_value_leaves_the_others_their_colours() -> None:
    values = np.append(np.arange(100.0), 1e9)
    marker = projection_by_value(values, values, values, [0.5, 0.5]).data[0].marker
    assert np.ptp(marker.color[:100]) > 0.9
    assert marker.colorbar.ticktext[-1] == "98"


def test_a_name_is_cut_and_its_markup_escaped() -> None:
    assert label("<b>a</b>\n&") == "&lt;b&gt;a&lt;/b&gt; &amp;"
    assert label("x" * 30) == "x" * 25 + "…"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scales_run_from_end_to_end_and_the_diverging_one_has_a_middle(scheme: str) -> None:
    scales = template(scheme).layout.colorscale
    assert [place for place, _ in scales.diverging][:: len(scales.diverging) // 2] == [0, 0.5, 1]
    assert [colour for _, colour in scales.sequentialminus] == [c for _, c in scales.sequential][::-1]

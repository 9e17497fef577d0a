import json

import numpy as np

from webapp.charts.overlay import Band, Curve, look, overlay
from webapp.charts.parallel import ABSENT, Axis, parallel
from webapp.charts.payload import payload, themes


def test_curves_have_a_hue_and_a_dash_of_their_own() -> None:
    curves = [Curve(f"run {i}", i, [1, 2], [0.5, None]) for i in range(20)]
    drawn = payload(overlay(curves, x="epoch", y="cost"))
    looks = {(trace["meta"]["series"], trace["line"]["dash"]) for trace in drawn["data"]}
    assert len(looks) == 20
    assert {trace["meta"]["series"] for trace in drawn["data"]} <= set(themes()["light"]["series"])
    json.dumps(drawn, allow_nan=False)


def test_many_curves_have_no_legend_and_answer_one_by_one() -> None:
    few, many = (overlay([Curve("a", i, [1], [1]) for i in range(n)], x="x", y="y").layout for n in (3, 13))
    assert (few.showlegend, few.hovermode) == (True, "x unified")
    assert (many.showlegend, many.hovermode) == (False, "closest")


def test_a_legend_of_many_curves_has_their_short_names_and_the_pointer_tells_the_whole() -> None:
    few, many = (
        overlay([Curve(f"{i}: a long name", i, [1], [1], short=str(i)) for i in range(n)], x="x", y="y").data
        for n in (4, 5)
    )
    assert [trace.name for trace in few][3] == "3: a long name"
    assert [trace.name for trace in many] == ["0", "1", "2", "3", "4"]
    assert "a long name" in many[4].hovertemplate


def test_a_band_is_closed_and_named_once() -> None:
    band = Band("a<b", 1, [1, 2], [2, 3], [1, 2], [3, 4], [0, 1], [4, 5])
    area, least, _, mean = overlay([], [band], x="x", y="y").data
    assert list(area.x) == [1, 2, 2, 1]
    assert list(area.y) == [1, 2, 4, 3]
    assert (area.showlegend, least.showlegend) == (False, False)
    assert mean.name == "a&lt;b"
    assert look(9)["meta"] == {"series": "c1"}


def test_an_axis_over_decades_is_logarithmic_and_texts_are_categories() -> None:
    axes = [
        Axis("rate", [0.001, 0.01, 0.1]),
        Axis("units", [16, 32, 64]),
        Axis("optimizer", ["Adam", None, "Momentum"]),
        Axis("error", [0.3, 0.1, None], share=True),
    ]
    lines = parallel(axes, ["a", "b", "c"]).data[:3]
    heights = np.array([line.y for line in lines])
    np.testing.assert_allclose(heights[:, 0], [0, 0.5, 1])
    np.testing.assert_allclose(heights[:, 1], [0, 1 / 3, 1])
    np.testing.assert_allclose(heights[:, 2], [0, ABSENT, 1])
    assert [line.meta["series"] for line in lines] == ["s0", "s4", "s0"]


def test_ticks_of_numbers_are_written_as_people_write_them() -> None:
    values = [1e-5, 0.033206506852605, 128.0, 100_000.0, 2e7]
    axes = [Axis("a setting", values), Axis("error", [None] * 5)]
    ticks = parallel(axes, ["a", "b", "c", "d", "e"]).data[-2]
    assert list(ticks.text) == [" 1e-5", " 0.0332", " 128", " 100,000", " 2e7"]
    ticks = parallel([Axis("epochs", [1000, *range(51_000, 101_001, 10_000)])], "abcdefg").data[-1]
    assert list(ticks.text) == [" 1,000", " 3,170", " 10,050", " 31,860", " 101,000"]


def test_one_value_alone_is_an_axis() -> None:
    drawn = payload(parallel([Axis("l2", [0.0, 0.0]), Axis("error", [None, None])], ["a", "b"]))
    json.dumps(drawn, allow_nan=False)
    assert drawn["data"][0]["y"] == [0.0, ABSENT]

"""The charts of a sweep, from arrays to figures."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.charts.best_so_far import best_so_far, best_until
from webapp.charts.contour import FEWEST, contour, smoothed
from webapp.charts.coordinates import MOST, coordinates, wrapped
from webapp.charts.learning_curves import POINTS, LearningCurve, learning_curves
from webapp.charts.parallel import ABSENT
from webapp.charts.payload import payload
from webapp.charts.ranking import importance
from webapp.charts.scale import Scale, even, logarithmic
from webapp.charts.seeds import Finalist, seeds
from webapp.charts.slices import JITTER, slice_of
from webapp.charts.trials import BEST, Look, Trials, few, rounded, shades

LOOK = Look("dev error", share=True)
RATE = Scale("Learning rate", "log", 1e-4, 1)
BETA = Scale("β₁", "one_minus_log", 0.9, 0.999)
OPTIMIZER = Scale("Optimizer", "options", options=("Adam", "Momentum"))
UNITS = Scale("Units", "log", 16, 128, marks=(16.0, 32.0, 64.0, 128.0))


def some_trials(n: int = 60, seed: int = 0) -> tuple[Trials, np.ndarray]:
    """Trials whose score is best where the place of their value is 0.5, every third given up."""
    places = np.random.default_rng(seed).random(n)
    scores = 0.1 + (places - 0.5) ** 2
    return Trials.of(range(1, n + 1), scores, [i % 3 != 0 for i in range(n)]), places


def sent(figure):
    """The figure as the page gets it."""
    drawn = payload(figure)
    json.dumps(drawn, allow_nan=False)
    return drawn


# --- scales


def test_a_logarithmic_scale_is_even_in_the_exponent_and_marked_at_powers_of_ten():
    np.testing.assert_allclose(RATE.places([1e-4, 1e-2, 1, None]), [0, 0.5, 1, np.nan])
    assert [text for _, text in RATE.ticks()] == ["0.0001", "0.001", "0.01", "0.1", "1"]
    assert RATE.axis()["type"] == "log"
    assert RATE.axis()["tickvals"] == [1e-4, 1e-3, 1e-2, 1e-1, 1]


def test_one_minus_log_is_even_in_what_is_missing_to_one():
    np.testing.assert_allclose(BETA.places([0.9, 0.99, 0.999]), [0, 0.5, 1])
    axis = BETA.axis()
    assert axis["ticktext"] == ["0.9", "0.99", "0.999"]
    np.testing.assert_allclose(axis["tickvals"], [0.1, 0.01, 0.001])
    assert axis["range"][0] > axis["range"][1]  # larger values to the right, though 1 - value falls
    np.testing.assert_allclose(BETA.values([0, 0.5, 1]), [0.9, 0.99, 0.999])


def test_options_are_in_the_middle_of_their_share_and_named():
    np.testing.assert_allclose(
        OPTIMIZER.places(["Adam", "Momentum", None, "gone"]), [0.25, 0.75, np.nan, np.nan]
    )
    assert OPTIMIZER.axis()["ticktext"] == ["Adam", "Momentum"]


def test_marks_are_the_only_ticks():
    assert [text for _, text in UNITS.ticks()] == ["16", "32", "64", "128"]


def test_names_cannot_be_markup():
    assert Scale("<b>x", "options", options=("<i>", "b")).axis()["ticktext"][0] == "&lt;i&gt;"


@given(
    st.floats(1e-12, 1e9),
    st.floats(1.001, 1e9),
    st.sampled_from(["linear", "log"]),
)
def test_ticks_lie_on_the_scale_and_are_some(low, factor, kind):
    scale = Scale("x", kind, low, low * factor)
    places = [place for place, _ in scale.ticks()]
    assert 1 <= len(places) <= 9
    assert all(-0.01 <= place <= 1.01 for place in places)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(0, 1))
def test_the_value_at_a_place_is_back_at_that_place(low, width, place):
    scale = Scale("x", "linear", low, low + width)
    np.testing.assert_allclose(scale.places(scale.values([place])), [place], atol=1e-5)


def test_round_numbers_within_less_than_a_decade():
    assert logarithmic(0.02, 0.07) == [0.02, 0.05]
    assert logarithmic(0.031, 0.033) == [0.031, 0.033]
    assert even(0.5, 1.0) == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert even(3, 3) == [3]


# --- trials


def test_of_many_trials_some_at_even_distances_and_the_best_are_drawn():
    trials, _ = some_trials(1000)
    kept = few(trials, 100)
    assert len(kept) == 100
    assert set(trials.ranked[:BEST]) <= set(kept)
    assert np.diff(kept).max() < 40
    assert len(few(trials, 2000)) == 1000
    missing = next(i for i in range(1000) if i not in kept)
    assert missing in few(trials, 100, marked=int(trials.numbers[missing]))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_numbers_are_rounded_to_what_is_seen_and_gaps_stay(values):
    array = np.array(values, float)
    found = rounded(array)
    finite = np.isfinite(array) & (np.abs(array) > 1e-290) & (np.abs(array) < 1e290)
    np.testing.assert_allclose(found[finite], array[finite], rtol=6e-4)
    assert np.isnan(found[~np.isfinite(array)]).all()


def test_rounded_numbers_are_short_in_json():
    assert json.dumps(rounded(np.array([0.123456, 1e-5 / 3, 123456.7, 0.0])).tolist()) == (
        "[0.1235, 3.333e-06, 123500.0, 0.0]"
    )


def test_the_best_scores_have_the_strongest_shade():
    found = shades(np.linspace(1, 0, 100))
    assert found.tolist() == sorted(found)
    assert np.bincount(found).tolist() == [49, 25, 15, 7, 4]
    assert shades(np.array([0.2, 0.1])).tolist() == [1, 4]


# --- best so far


def test_only_whole_trainings_are_best_so_far():
    trials = Trials.of([1, 2, 3, 4, 5], [0.5, 0.1, 0.3, None, 0.4], [True, False, True, True, True])
    np.testing.assert_array_equal(best_until(trials), [0.5, 0.5, 0.3, 0.3, 0.3])
    drawn = sent(best_so_far([1, 2, 3, 4, 5], trials, LOOK))
    aside, whole, best = drawn["data"]
    assert (aside["name"], aside["x"], aside["customdata"]) == ("given up", [2], [2])
    assert whole["y"] == [0.5, 0.3, 0.4]
    assert (best["x"], best["y"], best["line"]["shape"]) == ([1, 3, 5], [0.5, 0.3, 0.3], "hv")
    assert best["customdata"] == [1, 3, 3]


def test_a_marked_trial_has_a_ring_and_scores_may_be_logarithmic():
    trials, _ = some_trials(10)
    drawn = sent(best_so_far(range(10), trials, LOOK._replace(marked=4, log=True)))
    assert drawn["data"][-1]["marker"]["symbol"] == "circle-open"
    assert drawn["data"][-1]["x"] == [3]
    assert drawn["layout"]["yaxis"]["type"] == "log"


def test_a_single_score_has_few_ticks_on_a_logarithmic_axis():
    axis = sent(best_so_far([1], Trials.of([1], [0.03], [True]), LOOK._replace(log=True)))["layout"]["yaxis"]
    assert axis["dtick"] == "D2"


# --- parallel coordinates


def test_lines_of_one_shade_are_one_trace_with_gaps():
    trials = Trials.of([1, 2, 3], [0.3, 0.1, 0.2], [True, True, False])
    values = [[1e-4, 1, 1e-2], ["Adam", "Momentum", None]]
    drawn = sent(coordinates([RATE, OPTIMIZER], values, trials, np.array([True, True, True]), LOOK))
    lines = [trace for trace in drawn["data"] if trace["mode"] == "lines"]
    assert [line["y"] for line in lines] == [[0.5, ABSENT, None], [0, 0.25, None], [1, 0.75, None]]
    assert [line["customdata"][0] for line in lines] == [3, 1, 2]
    assert lines[0]["meta"] == {"ink": "text"}  # it was given up


def test_what_is_not_chosen_is_a_grey_ground_that_answers_no_pointer():
    trials, places = some_trials(30)
    chosen = places > 0.5
    drawn = sent(coordinates([RATE], [RATE.values(places)], trials, chosen, LOOK))
    ground = drawn["data"][0]
    assert ground["hoverinfo"] == "skip"
    assert len(ground["x"]) == 2 * (~chosen).sum()
    coloured = [trace for trace in drawn["data"] if "series" in trace["meta"] and trace["mode"] == "lines"]
    assert sum(len(trace["x"]) for trace in coloured) == 2 * (chosen & trials.whole).sum()


def test_a_thousand_trials_of_eight_dimensions_are_few_traces_and_small():
    trials, places = some_trials(1000)
    drawn = sent(coordinates([RATE] * 9, [RATE.values(places)] * 9, trials, np.ones(1000, bool), LOOK))
    assert len(drawn["data"]) <= 7 + 9
    assert sum(trace["y"].count(None) for trace in drawn["data"]) == MOST
    drawn.pop("themes")
    assert len(json.dumps(drawn, separators=(",", ":"))) < 150_000


def test_long_titles_are_written_in_lines():
    assert wrapped("Hidden layers: keep probability") == "Hidden<br>layers:<br>keep probability"


# --- slices


def test_a_slice_is_on_the_scale_of_its_dimension():
    trials, places = some_trials(9)
    values = [None if i == 8 else float(value) for i, value in enumerate(RATE.values(places))]
    drawn = sent(slice_of(RATE, values, trials, LOOK))
    assert drawn["layout"]["xaxis"]["type"] == "log"
    aside, whole = drawn["data"]
    assert aside["customdata"] == [1, 4, 7]
    assert whole["marker"]["color"] == whole["customdata"] == [2, 3, 5, 6, 8]


def test_options_are_spread_about_their_place():
    trials, _ = some_trials(40)
    drawn = sent(slice_of(OPTIMIZER, ["Adam", "Momentum"] * 20, trials, LOOK))
    x = np.array(drawn["data"][1]["x"])
    assert np.abs(x - np.round(x)).max() <= JITTER
    assert len(set(x)) > 20
    assert set(drawn["data"][1]["text"]) == {"Adam", "Momentum"}


# --- contours


def test_the_surface_is_lowest_where_trials_are_best():
    places = np.random.default_rng(1).random((300, 2))
    scores = 0.1 + ((places - [0.3, 0.7]) ** 2).sum(1)
    surface = smoothed(places, scores)
    row, column = np.unravel_index(np.nanargmin(surface), surface.shape)
    np.testing.assert_allclose([column / 39, row / 39], [0.3, 0.7], atol=0.12)
    assert np.nanmin(surface) >= scores.min()


def test_where_no_trial_is_near_there_is_no_surface():
    places = np.random.default_rng(1).random((200, 2)) * [0.4, 1]
    assert np.isnan(smoothed(places, np.ones(200))[:, 35:]).all()
    np.testing.assert_allclose(smoothed(places, np.ones(200), log=True)[:, :10], 1)


def test_a_contour_has_points_on_top_and_none_below_while_trials_are_few():
    trials, places = some_trials(60)
    rates, betas = RATE.values(places), BETA.values(places[::-1])
    surface, points = sent(contour((RATE, BETA), (rates, betas), trials, LOOK))["data"]
    assert np.array(surface["z"], object).shape == (40, 40)
    assert len(points["x"]) == trials.whole.sum()
    first = trials.at(np.arange(FEWEST))
    drawn = sent(contour((RATE, BETA), (rates[:FEWEST], betas[:FEWEST]), first, LOOK))
    assert [trace["type"] for trace in drawn["data"]] == ["scatter"]


@pytest.mark.parametrize("log", [False, True])
def test_a_flat_surface_is_drawn(log):
    _, places = some_trials(60)
    trials = Trials.of(range(60), [0.5] * 60, [True] * 60)
    sent(contour((RATE, UNITS), (RATE.values(places), [16] * 60), trials, LOOK._replace(log=log)))


# --- learning curves; importance; seeds


def test_curves_of_one_look_are_one_trace_and_the_best_stands_out():
    curves = [
        LearningCurve(n, [1, 2, 3], np.array([0.5, np.nan, 0.1 * n]), given_up=n in (2, 3))
        for n in range(1, 5)
    ]
    aside, whole, best = sent(learning_curves(curves, LOOK, best=1))["data"]
    assert (aside["meta"], aside["line"]["width"], best["line"]["width"]) == ({"ink": "text"}, 1, 3)
    assert aside["y"] == [0.5, None, 0.2, None, 0.5, None, 0.3]
    assert whole["customdata"] == [4, 4, 4]
    assert best["name"] == "best"


def test_many_long_curves_stay_small():
    curves = [LearningCurve(n, np.arange(1, 501), np.linspace(1, 0.1, 500)) for n in range(200)]
    whole = sent(learning_curves(curves, LOOK))["data"][0]
    assert len(whole["x"]) <= POINTS + 200
    assert whole["x"][0] == 1
    assert whole["x"][-1] == 500


def test_importance_begins_with_the_largest_and_shows_its_uncertainty():
    bars = sent(importance(["a", "b"], [0.2, 0.7], [0.05, 0.1]))["data"][0]
    assert (bars["text"], bars["x"], bars["error_x"]["array"]) == (["b", "a"], [0.7, 0.2], [0.1, 0.05])


def test_finalists_are_in_the_order_of_their_means_with_their_spread():
    points, mean = sent(seeds([Finalist(7, [7, 11], [0.3, 0.4]), Finalist(3, [3], [0.2])], LOOK))["data"]
    assert mean["customdata"] == [3, 7]
    assert mean["error_y"]["array"] == [None, 0.07071]
    assert points["customdata"] == [3, 7, 11]
    assert "of 1 training" in mean["text"][0]

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from tests.webapp.sweeps.examples import MIXED, NUMBERS, a_row, bowl, place, rows
from webapp.sweeps.evidence import importance


def test_what_the_score_depends_on_comes_first_and_matters():
    found = importance(MIXED, rows(80))
    first = found.dimensions[0]
    assert first.path == "learning_rate"
    assert first.share > 0.7
    assert first.matters
    assert not found.of("batch_size").matters
    assert {each.path for each in found.dimensions} == set(MIXED.dimensions)


def test_shares_and_the_rest_make_up_the_whole():
    found = importance(NUMBERS, rows(60, space=NUMBERS))
    assert sum(each.share for each in found.dimensions) + found.rest == pytest.approx(1)
    assert all(0 <= each.share <= 1 and each.error >= 0 for each in found.dimensions)


def test_a_choice_can_matter_most():
    found = importance(MIXED, rows(60, lambda values: float(values["optimizer.kind"] == "momentum")))
    assert found.dimensions[0].path == "optimizer.kind"
    assert found.dimensions[0].share > 0.9


def test_mere_noise_does_not_matter_though_it_has_shares():
    found = [importance(MIXED, rows(60, lambda values: 0, seed=seed, noise=1)) for seed in range(3)]
    assert sum(each.matters for one in found for each in one.dimensions) <= 1


def test_the_error_shrinks_with_more_trials():
    few, many = (importance(NUMBERS, rows(n, space=NUMBERS)).of("learning_rate") for n in (12, 120))
    assert many.error < few.error


def test_too_few_trials_say_so():
    found = importance(MIXED, rows(7))
    assert (found.too_few, found.dimensions, found.trials) == (True, (), 7)
    assert found.note == "7 finished trials are too few to tell what matters: 8 or more."


def test_no_trial_at_all_is_too_few():
    assert importance(MIXED, []).too_few


def test_equal_scores_leave_nothing_to_explain():
    found = importance(MIXED, rows(20, lambda values: 0.25, noise=0))
    assert found.too_few
    assert found.note == "All 20 trials have the same score: nothing to explain."


def test_one_score_that_differs_is_no_error():
    found = importance(NUMBERS, rows(9, lambda values: values["l2"] > 5, space=NUMBERS, noise=0))
    assert found.trials == 9


def test_what_it_rests_on_is_told():
    note = importance(MIXED, rows(200)).note
    assert note.startswith("From 200 finished trials.")
    assert "Where optimizer.beta2 did not matter, the middle of its range was taken." in note
    assert "160 of them were drawn." in note


def test_pruned_trials_tell_what_matters_by_how_far_they_came():
    known = sorted(rows(40), key=lambda row: row.score)
    gone = [row._replace(state="pruned", epoch=3 if place < 10 else 1) for place, row in enumerate(known)]
    found = importance(MIXED, [*known[:4], *gone[4:]])
    assert (found.trials, found.dimensions[0].path) == (40, "learning_rate")
    assert found.note.startswith("From 40 trials. 4 of them finished;")


def test_other_endings_and_repetitions_are_not_counted():
    known = rows(12)
    values = known[0].values
    others = [
        a_row(13, values, state="diverged", score=None),
        a_row(14, values, state="stopped", score=0.1),
        a_row(15, values, state="training", score=0.1),
        a_row(16, values, repeats=1),
        a_row(17, values, score=math.inf),
    ]
    assert importance(MIXED, known + others) == importance(MIXED, known)


def test_trials_outside_of_a_range_that_was_narrowed_are_not_counted():
    narrow = type(MIXED)(dimensions=MIXED.dimensions | {"l2": MIXED.dimensions["l2"].narrowed([0.01, 1.0])})
    known = rows(60)
    assert importance(narrow, known).trials == sum(0.01 <= row.values["l2"] <= 1 for row in known)


def test_one_cost_of_a_million_does_not_explain_everything():
    known = rows(60)
    wild = [known[0]._replace(score=1e6), *known[1:]]
    assert importance(MIXED, wild).of("learning_rate").share == pytest.approx(
        importance(MIXED, known).of("learning_rate").share, abs=0.15
    )


def test_the_same_rows_in_any_order_tell_the_same_and_fit_into_a_cache():
    known = rows(40)
    found = importance(MIXED, known)
    assert importance(MIXED, known[::-1]) == found
    json.dumps(asdict(found), allow_nan=False)


def test_many_options_are_one_dimension_that_matters_as_a_whole():
    options = {"kind": "options", "options": list(range(1, 65))}
    space = type(MIXED)(dimensions={"layers.units": options, "l2": MIXED.dimensions["l2"]})
    known = rows(100, lambda values: place("layers.units", values, space), space=space)
    assert importance(space, known).dimensions[0].path == "layers.units"


def test_the_scores_of_rows_are_left_as_they_are():
    known = rows(20)
    before = [row.score for row in known]
    importance(MIXED, known)
    assert [row.score for row in known] == before
    assert np.isfinite(bowl(known[0].values))

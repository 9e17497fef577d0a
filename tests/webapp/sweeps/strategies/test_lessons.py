import math

import numpy as np

from tests.webapp.sweeps.examples import NUMBERS
from webapp.sweeps.outliers import tamed
from webapp.sweeps.strategies import Result
from webapp.sweeps.strategies.lessons import lessons, losses


def _results(*scores, pruned=()):
    values = {"learning_rate": 0.01, "l2": 0.1}
    return [Result(i, values, score, 2 if i in pruned else None) for i, score in enumerate(scores, 1)]


def test_what_diverged_is_finite_and_a_little_worse_than_the_worst_that_finished():
    found = losses(_results(0.2, 0.4, math.inf, math.nan))
    assert found[:2].tolist() == [0.2, 0.4]
    assert found[2] == found[3]
    assert 0.4 < found[2] < 0.5


def test_a_pruned_trial_keeps_its_own_score_and_is_never_worse_than_the_worst_that_finished():
    found = losses(_results(0.2, 0.4, 0.3, 7.0, math.inf, pruned={3, 4}))
    assert found[:4].tolist() == [0.2, 0.4, 0.3, 0.4]
    assert found[4] > 0.4


def test_one_absurd_cost_does_not_rule_the_others():
    found = losses(_results(0.3, 0.31, 0.32, 0.33, 0.34, 1e12))
    assert found.max() < 0.5
    assert found.argmax() == 5


def test_pruned_trials_alone_are_compared_by_their_own_scores():
    assert losses(_results(0.5, 0.2, pruned={1, 2})).tolist() == [0.5, 0.2]


def test_the_best_and_the_newest_are_learnt_from_and_what_trains_is_pending():
    scores = [0.5] * 50
    scores[3], scores[7] = 0.1, 0.2
    known = lessons(NUMBERS, _results(*scores, None, None), best=2, newest=5)
    assert [each.number for each in known.told] == [4, 8, 46, 47, 48, 49, 50]
    assert known.places.shape == (7, 2)
    assert known.losses[:2].tolist() == [0.1, 0.2]
    assert known.pending.shape == (2, 2)


def test_the_order_in_which_results_come_does_not_matter():
    results = _results(0.5, 0.2, None, 0.3)
    one, other = (lessons(NUMBERS, each, 2, 2) for each in (results, results[::-1]))
    assert one.told == other.told
    np.testing.assert_array_equal(one.losses, other.losses)


def test_scores_above_the_upper_fence_are_moved_onto_it():
    scores = np.array([1, 2, 3, 4, 1e9])
    assert tamed(scores).tolist() == [1, 2, 3, 4, 7]
    assert tamed(np.array([])).size == 0

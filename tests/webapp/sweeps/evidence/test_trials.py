import math

from tests.webapp.sweeps.examples import NUMBERS, a_row
from webapp.sweeps.evidence.trials import compared
from webapp.sweeps.results import Marks

VALUES = {"learning_rate": 0.01, "l2": 0.1}


def _trial(number, state, score, epoch, **fields):
    return a_row(number, VALUES, state=state, score=score, epoch=epoch, **fields)


def _order(known):
    """The numbers of the trials, the best first."""
    return [known.rows[place].number for place in known.scores.argsort(kind="stable")]


def test_where_nothing_was_pruned_finished_trials_are_compared_by_their_scores():
    known = compared(NUMBERS, [_trial(2, "finished", 0.1, 9), _trial(1, "finished", 0.2, 9)])
    assert known.scores.tolist() == [0.2, 0.1]
    assert known.said("The best of") == "The best of 2 finished trials."


def test_where_some_were_pruned_who_came_further_is_better_and_who_came_as_far_goes_by_the_score():
    rows = [
        _trial(1, "pruned", 0.5, 1),
        _trial(2, "pruned", 0.4, 1),
        _trial(3, "pruned", 0.6, 3),  # a worse score, but after having been among the best
        _trial(4, "finished", 0.2, 27),
        _trial(5, "finished", 0.3, 12),  # early stopping ended it: a whole training all the same
    ]
    known = compared(NUMBERS, rows)
    assert _order(known) == [4, 5, 3, 2, 1]
    assert known.scores.tolist() == [4, 3, 2, 0, 1]
    assert known.named == "5 trials"


def test_a_trial_that_trains_or_was_stopped_came_as_far_as_the_last_rung_that_it_passed():
    rows = [
        _trial(1, "pruned", 0.5, 3),
        _trial(2, "training", 0.9, 8),
        _trial(3, "training", 0.1, 2),  # has come to no rung yet
        _trial(4, "stopped", 0.1, 5),
        _trial(5, "pruned", 0.6, 1),
    ]
    marks = Marks("dev error", {2: (3, 0.4), 4: (3, 0.45)})
    known = compared(NUMBERS, rows, marks)
    assert _order(known) == [2, 4, 1, 5]
    assert known.note == (
        " None of them finished; because of pruning all are compared by how far they came, "
        "and by their dev error there."
    )


def test_trials_that_came_as_far_with_the_same_score_are_alike():
    known = compared(NUMBERS, [_trial(number, "pruned", 0.5, 1) for number in (1, 2)])
    assert known.scores.tolist() == [0, 0]


def test_what_diverged_or_repeats_a_finalist_or_lies_outside_is_not_compared():
    rows = [
        _trial(1, "pruned", 0.5, 1),
        _trial(2, "diverged", None, 3),
        _trial(3, "failed", None, 0),
        _trial(4, "finished", 0.1, 9, repeats=1),
        _trial(5, "finished", math.inf, 9),
        _trial(6, "finished", 0.1, 9)._replace(values={**VALUES, "l2": 1e3}),
    ]
    known = compared(NUMBERS, rows, Marks("dev error", {2: (3, 0.1), 3: (1, 0.1)}))
    assert [row.number for row in known.rows] == [1]


def test_too_few_of_them_say_so():
    known = compared(NUMBERS, [_trial(number, "pruned", 0.5, 1) for number in (1, 2)])
    assert known.too_few("narrow anything") == "2 trials are too few to narrow anything: 8 or more."

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from webapp.sweeps.pruning import AnyPruning, Halving, Median, NoPruning

SCORES = st.lists(st.floats(0, 10), max_size=30).map(lambda scores: np.array(scores, float))
RULES = [NoPruning(), Halving(), Halving(eta=2, first=3), Median(), Median(warmup=1, every=1, startup=1)]

every_rule = pytest.mark.parametrize("rule", RULES, ids=repr)


@every_rule
def test_a_rule_goes_through_json_unchanged(rule):
    read = TypeAdapter(AnyPruning)
    assert read.validate_json(read.dump_json(rule)) == rule
    assert read.validate_python(rule.kind) == type(rule)()


@every_rule
@given(total=st.integers(1, 500))
def test_it_is_decided_after_epochs_in_order_and_before_the_last(rule, total):
    epochs = rule.epochs(total)
    assert epochs == sorted(set(epochs))
    assert all(1 <= epoch < total for epoch in epochs)


@every_rule
@given(scores=SCORES, others=SCORES)
def test_the_best_goes_on_and_nobody_who_is_better_than_one_that_goes_on_is_given_up(rule, scores, others):
    gone = rule.gives_up(scores, others)
    assert gone.shape == scores.shape
    assert gone.dtype == bool
    if len(scores):
        assert not gone[scores == min(np.min(each) for each in (scores, others) if len(each))].any()
    if gone.any() and not gone.all():
        assert scores[~gone].max() < scores[gone].min()


@every_rule
@given(scores=SCORES, others=SCORES)
def test_the_order_of_the_trials_does_not_matter(rule, scores, others):
    np.testing.assert_array_equal(
        rule.gives_up(scores[::-1], others), rule.gives_up(scores, others[::-1])[::-1]
    )


def test_without_pruning_everybody_trains_to_the_end():
    assert NoPruning().epochs(100) == []
    assert not NoPruning().gives_up(np.arange(9.0), np.zeros(0)).any()


def test_the_rungs_of_halving_are_eta_times_apart():
    assert Halving().epochs(81) == [1, 3, 9, 27]
    assert Halving(eta=4, first=2).epochs(100) == [2, 8, 32]
    assert Halving(first=5).epochs(5) == []


def test_nobody_is_given_up_shortly_before_the_end():
    assert Halving().epochs(29) == [1, 3, 9]
    assert Halving().epochs(36) == [1, 3, 9, 27]


def test_halving_lets_one_of_eta_go_on():
    gone = Halving(eta=3).gives_up(np.arange(9.0), np.zeros(0))
    assert gone.tolist() == [False] * 3 + [True] * 6


def test_halving_judges_late_comers_beside_all_that_were_there_before():
    before = np.linspace(0, 1, 9)
    assert Halving(eta=3).gives_up(np.array([0.2, 0.9]), before).tolist() == [False, True]


def test_halving_gives_up_none_of_equals():
    assert not Halving().gives_up(np.full(6, 0.5), np.full(3, 0.5)).any()


def test_the_median_rule_looks_from_its_warm_up_on():
    assert Median().epochs(10) == [3, 5, 7, 9]
    assert Median(warmup=20).epochs(10) == []


def test_the_median_rule_gives_up_what_is_worse_than_half_of_all():
    gone = Median().gives_up(np.array([0.1, 0.3, 0.9]), np.array([0.2, 0.4]))
    assert gone.tolist() == [False, False, True]


def test_the_median_of_a_few_trials_gives_up_nobody():
    assert not Median(startup=5).gives_up(np.array([0.1, 9.0]), np.array([0.2, 0.3])).any()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "halving", "eta": 1},
        {"kind": "halving", "first": 0},
        {"kind": "median", "startup": 0},
        {"kind": "median", "every": 0},
        {"kind": "best"},
    ],
)
def test_a_rule_that_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError):
        TypeAdapter(AnyPruning).validate_python(fields)

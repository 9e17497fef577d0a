import json
from dataclasses import asdict

import numpy as np
import pytest

from tests.webapp.sweeps.examples import MIXED, place, rows
from webapp.sweeps.evidence import common
from webapp.sweeps.evidence.common import shortest


def _kind(values) -> float:
    return float(values["optimizer.kind"] != "adam")


def test_what_sets_the_best_apart_comes_first():
    found = common(MIXED, rows(100))
    first = found.traits[0]
    assert first.path == "learning_rate"
    assert first.clear
    assert 1e-4 < first.low < first.high < 1e-2
    assert (found.best, found.trials) == (10, 100)
    assert found.note == "The best 10 of 100 finished trials."


def test_a_range_is_told_as_nine_of_the_ten_best_against_all():
    trait = common(MIXED, rows(100)).traits[0]
    assert (trait.holding, trait.best, trait.trials) == (9, 10, 100)
    assert trait.text.startswith("9 of the 10 best have 0.000")
    assert trait.text.endswith(f"and so have {trait.of_all} of all 100 trials.")


def test_a_choice_is_told_with_how_often_it_was_tried():
    trait = next(each for each in common(MIXED, rows(120, _kind)).traits if each.path == "optimizer.kind")
    assert trait.clear
    adam, momentum = trait.options
    assert adam[:2] == ("adam", 12)
    assert momentum[:2] == ("momentum", 0)
    assert adam[2] + momentum[2] == 120
    assert trait.text == f"All 12 best have Adam, and so have {adam[2]} of all 120 trials."


def test_a_dimension_that_does_not_matter_everywhere_is_compared_where_it_does():
    known = rows(60, _kind)
    trait = next(each for each in common(MIXED, known).traits if each.path == "optimizer.beta2")
    assert trait.trials == sum("optimizer.beta2" in row.values for row in known)
    assert trait.best == 6


def test_a_dimension_that_none_of_the_best_has_is_left_out():
    found = common(MIXED, rows(60, lambda values: -_kind(values)))
    assert "optimizer.beta2" not in {trait.path for trait in found.traits}


def test_chance_seldom_looks_clear():
    found = [common(MIXED, rows(80, lambda values: 0, seed=seed, noise=1)) for seed in range(8)]
    traits = [trait for one in found for trait in one.traits]
    assert sum(trait.clear for trait in traits) <= len(traits) / 10


def test_what_sets_the_best_apart_is_found_though_pruning_let_few_finish():
    """Of those that are given up after an epoch nothing is known but where they stood then."""
    known = sorted(rows(100), key=lambda row: row.score)
    gone = [row._replace(state="pruned", epoch=1, score=row.score + 5) for row in known[4:]]
    found = common(MIXED, [*known[:4], *gone])
    assert (found.best, found.trials, found.too_few) == (10, 100, False)
    assert (found.traits[0].path, found.traits[0].clear) == ("learning_rate", True)
    assert found.note.startswith("The best 10 of 100 trials. 4 of them finished; because of pruning all are")


def test_too_few_trials_say_so():
    found = common(MIXED, rows(7))
    assert (found.too_few, found.traits) == (True, ())
    assert "7 finished trials are too few" in found.note


@pytest.mark.parametrize(("n", "best"), [(8, 5), (50, 5), (51, 6), (1000, 100)])
def test_the_best_tenth_is_at_least_five(n, best):
    assert common(MIXED, rows(n)).best == best


def test_it_is_the_same_each_time_and_fits_into_a_cache():
    known = rows(30)
    assert common(MIXED, known) == common(MIXED, known[::-1])
    json.dumps(asdict(common(MIXED, known)), allow_nan=False)


def test_the_shortest_interval_leaves_a_stray_one_out():
    assert shortest([0.9, *np.linspace(0.1, 0.2, 9)]) == (0.1, 0.2)
    assert shortest([0.5]) == (0.5, 0.5)
    assert shortest([0.1, 0.2, 0.3, 0.4, 0.9]) == (0.1, 0.9)


def test_equal_values_are_told_as_one():
    known = rows(
        40, lambda values: abs(place("batch_size", values) - place("batch_size", {"batch_size": 64}))
    )
    trait = next(each for each in common(MIXED, known).traits if each.path == "batch_size")
    assert (trait.low, trait.high) == (64, 64)
    assert "best have 64, and" in trait.text

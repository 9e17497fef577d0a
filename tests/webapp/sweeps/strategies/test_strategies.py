"""One contract for every strategy that is registered: a new one needs no test."""

import json
import logging
import math

import pytest
from pydantic import TypeAdapter

from tests.webapp.sweeps.examples import BASE, MIXED, NUMBERS, bowl, place, tried
from webapp.sweeps.space import Conditions, Space, is_within
from webapp.sweeps.strategies import STRATEGIES, AnyStrategy, Random, Result

every_strategy = pytest.mark.parametrize("kind", list(STRATEGIES))
those_that_learn = pytest.mark.parametrize("kind", [k for k, each in STRATEGIES.items() if each.learns])

WITH_ENDINGS = [
    each._replace(
        score={0: math.inf, 1: None, 2: math.nan}.get(each.number % 7, each.score),
        pruned=2 if each.number % 7 in (3, 4) else None,
    )
    for each in tried(Random(seed=5), 40, batch=40)
]


def _suggested(kind, n=4, results=WITH_ENDINGS, space=MIXED, **fields):
    return STRATEGIES[kind](**fields).suggest(space, BASE, len(results) + 1, n, results)


@every_strategy
def test_a_strategy_goes_through_json_and_a_bare_name(kind):
    read = TypeAdapter(AnyStrategy)
    strategy = read.validate_python(kind)
    assert strategy == STRATEGIES[kind]()
    assert read.validate_json(read.dump_json(strategy)) == strategy


@every_strategy
def test_every_field_has_a_title_and_says_what_it_does(kind):
    assert STRATEGIES[kind].model_config["title"]
    assert STRATEGIES[kind].__doc__
    for name, field in STRATEGIES[kind].model_fields.items():
        assert name == "kind" or (field.title and field.description)


@every_strategy
def test_values_lie_in_the_space_and_make_specs(kind):
    values = _suggested(kind, 12)
    assert len(values) == 12
    for each in values:
        assert is_within(MIXED, each)
        assert json.loads(json.dumps(each)) == each
        assert set(Conditions(MIXED, BASE).kept(each)) == set(MIXED.point(BASE, each).values)


@every_strategy
def test_the_same_seed_number_and_results_suggest_the_same(kind):
    assert _suggested(kind, seed=3) == _suggested(kind, seed=3)


@every_strategy
def test_another_seed_suggests_something_else_unless_it_is_a_grid(kind):
    assert (_suggested(kind, seed=3) == _suggested(kind, seed=4)) == (kind == "grid")


@every_strategy
def test_what_is_suggested_together_is_what_would_be_suggested_one_by_one(kind):
    together = _suggested(kind, 4)
    conditions = Conditions(MIXED, BASE)
    results = list(WITH_ENDINGS)
    for values in together:
        (alone,) = _suggested(kind, 1, results)
        assert conditions.kept(alone) == conditions.kept(values)
        results.append(Result(len(results) + 1, conditions.kept(values), None))


@every_strategy
@pytest.mark.parametrize("score", [None, math.inf, math.nan, 0.5])
def test_results_that_are_all_alike_are_no_error(kind, score):
    results = [each._replace(score=score, pruned=None) for each in WITH_ENDINGS]
    assert len(_suggested(kind, results=results)) == 4


@every_strategy
def test_pruned_results_alone_are_no_error(kind):
    results = [each._replace(score=0.1 + each.number / 100, pruned=3) for each in WITH_ENDINGS]
    assert len(_suggested(kind, results=results)) == 4


@every_strategy
@pytest.mark.parametrize(
    "dimensions",
    [
        {"learning_rate": {"kind": "log", "low": 1e-4, "high": 1}},
        {"optimizer.kind": {"kind": "options", "options": ["adam", "momentum"]}},
        {"layers.count": {"kind": "integers", "low": 1, "high": 3}},
    ],
)
def test_a_single_dimension_of_any_kind_is_enough(kind, dimensions):
    space = Space(dimensions=dimensions)
    results = [
        each._replace(values=space.at(dict.fromkeys(dimensions, each.number / 50))) for each in WITH_ENDINGS
    ]
    values = _suggested(kind, 2, [] if kind == "grid" else results, space)
    assert len(values) == 2
    assert all(is_within(space, each) for each in values)


@every_strategy
def test_results_outside_of_ranges_that_were_narrowed_are_no_error(kind):
    narrow = Space(
        dimensions=MIXED.dimensions
        | {
            "learning_rate": {"kind": "log", "low": 1e-4, "high": 1e-3},
            "optimizer.kind": {"kind": "options", "options": ["adam", "rmsprop"]},
        }
    )
    values = _suggested(kind, 4, space=narrow)
    assert len(values) == 4
    assert all(is_within(narrow, each) for each in values)


@every_strategy
def test_nothing_is_logged_or_printed(kind, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    _suggested(kind)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


@those_that_learn
def test_learning_beats_chance_on_a_bowl(kind):
    seeds = range(3)
    learnt = sorted(min(r.score for r in tried(STRATEGIES[kind](seed=s), 48, NUMBERS)) for s in seeds)
    by_chance = sorted(min(r.score for r in tried(Random(seed=s), 48, NUMBERS)) for s in seeds)
    assert learnt[1] < by_chance[1] / 2


@those_that_learn
def test_learning_keeps_away_from_where_trials_diverge(kind):
    def score(values):
        return math.inf if place("learning_rate", values) > 0.5 else bowl(values)

    results = tried(STRATEGIES[kind](), 64, NUMBERS, score)
    # Half of the space: by chance 16 of 32
    assert sum(math.isinf(each.score) for each in results[32:]) < 10

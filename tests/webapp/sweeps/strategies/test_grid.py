import math
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.sweeps.examples import BASE, MIXED, NUMBERS
from webapp.sweeps.space import Space
from webapp.sweeps.strategies import Grid

OPTIMIZERS = Space(
    dimensions={
        "optimizer.beta2": {"kind": "uniform", "low": 0.9, "high": 0.99},
        "optimizer.kind": {"kind": "options", "options": ["adam", "momentum", "gradient_descent"]},
        "optimizer.beta": {"kind": "uniform", "low": 0.5, "high": 0.9},
        "layers.count": {"kind": "integers", "low": 1, "high": 2},
        "layers.1.units": {"kind": "integers", "low": 4, "high": 8},
    }
)


def _all(grid: Grid, space: Space) -> list:
    return grid.suggest(space, BASE, 1, grid.most(space, BASE), [])


def test_every_combination_of_ends_and_middles_is_tried_once():
    values = _all(Grid(), NUMBERS)
    assert len(values) == Grid().most(NUMBERS, BASE) == 9
    assert {round(math.log10(each["learning_rate"]), 6) for each in values} == {-5, -2.5, 0}
    assert len({tuple(each.values()) for each in values}) == 9


def test_of_choices_all_options_are_tried_and_of_few_numbers_each_once():
    space = Space(dimensions={path: MIXED.dimensions[path] for path in ("optimizer.kind", "batch_size")})
    assert Grid(steps=100).most(space, BASE) == 2 * 6
    assert len(_all(Grid(steps=100), space)) == 12


def test_points_that_make_the_same_spec_are_one():
    values = _all(Grid(), OPTIMIZERS)
    specs = [OPTIMIZERS.point(BASE, each).spec.model_dump_json() for each in values]
    # adam 3, momentum 3, gradient descent 1, each with one layer, or with two and 3 numbers of units
    assert len(specs) == len(set(specs)) == (3 + 3 + 1) * (1 + 3) == Grid().most(OPTIMIZERS, BASE)


def test_no_point_is_missing():
    paths = list(OPTIMIZERS.dimensions)
    every = product(*(known.grid(3) for known in OPTIMIZERS.dimensions.values()))
    specs = {OPTIMIZERS.point(BASE, dict(zip(paths, each, strict=True))).spec for each in every}
    assert specs == {OPTIMIZERS.point(BASE, each).spec for each in _all(Grid(), OPTIMIZERS)}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_a_number_is_the_same_point_however_many_are_asked_for_at_once(first, n):
    values = _all(Grid(), OPTIMIZERS)
    assert Grid().suggest(OPTIMIZERS, BASE, first, n, []) == values[first - 1 : first - 1 + n]


def test_beyond_the_last_point_there_are_no_more():
    assert Grid().suggest(NUMBERS, BASE, 10, 5, []) == []
    assert len(Grid().suggest(NUMBERS, BASE, 8, 5, [])) == 2


def test_many_choices_that_decide_what_matters_are_not_looked_at_one_by_one():
    kinds = {
        f"layers.{i}.activation.kind": {"kind": "options", "options": ["relu", "elu", "tanh"]}
        for i in range(9)
    }
    constants = {f"layers.{i}.activation.alpha": {"kind": "uniform", "low": 0.1, "high": 1} for i in range(9)}
    base = {**BASE, "layers": [BASE["layers"][0]] * 9}
    assert Grid(steps=2).most(Space(dimensions=kinds | constants), base) == 3**9 * 2**9


def test_far_out_in_a_huge_grid_a_point_is_found_at_once():
    dimensions = {f"layers.{i}.units": {"kind": "integers", "low": 1, "high": 1000} for i in range(20)}
    space = Space(dimensions={"layers.count": {"kind": "integers", "low": 20, "high": 21}, **dimensions})
    grid = Grid(steps=10)
    assert grid.most(space, BASE) == 2 * 10**20
    assert len(grid.suggest(space, BASE, 10**15, 3, [])) == 3

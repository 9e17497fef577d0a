import json
from typing import Any

import pytest
from pydantic import ValidationError

from engine import Spec
from tests.webapp.sweeps.examples import BASE, MIXED
from webapp.sweeps.space import Space
from webapp.sweeps.strategies import Random

SEVERAL = Spec(layers=[{"units": 8}, {"units": 4}], head="sigmoid").model_dump(mode="json")


def _options(*options: Any) -> dict[str, Any]:
    return {"kind": "options", "options": options}


def _problems(base: Any = BASE, **dimensions: Any) -> dict[str, str]:
    space = Space.model_validate({"dimensions": {p.replace("__", "."): d for p, d in dimensions.items()}})
    return space.problems(base)


def test_a_point_is_the_spec_with_the_values_in_their_places():
    values = {"learning_rate": 0.02, "layers.units": 16, "batch_size": 32}
    point = MIXED.point(SEVERAL, values)
    assert point.values == values
    assert [layer.units for layer in point.spec.layers] == [16, 16]
    assert (point.spec.learning_rate, point.spec.batch_size) == (0.02, 32)


@pytest.mark.parametrize(
    "values",
    [
        {"layers.units": 16, "optimizer.kind": "momentum", "layers.count": 5},
        {"layers.0.units": 16, "optimizer.beta2": 0.9, "learning_rate": 0.5},
        {"layers.count": 5},
    ],
)
def test_the_spec_behind_the_ranges_stays_as_it_was(values):
    before = json.dumps(SEVERAL)
    assert MIXED.point(SEVERAL, values).spec.model_dump(mode="json") != SEVERAL
    assert json.dumps(SEVERAL) == before


def test_a_constant_matters_only_where_the_chosen_kind_has_it():
    values = {"optimizer.beta2": 0.99, "optimizer.kind": "adam"}
    point = MIXED.point(BASE, values)
    assert point.values == values
    assert point.spec.optimizer.beta2 == 0.99
    point = MIXED.point(BASE, {**values, "optimizer.kind": "momentum"})
    assert point.values == {"optimizer.kind": "momentum"}
    assert point.spec.optimizer.kind == "momentum"


def test_another_kind_brings_its_usual_constants_and_the_same_kind_keeps_its_own():
    base = Spec(layers=[{}], head="sigmoid", optimizer={"kind": "adam", "beta1": 0.8}).model_dump(mode="json")
    assert MIXED.point(base, {"optimizer.kind": "adam"}).spec.optimizer.beta1 == 0.8
    assert MIXED.point(base, {"optimizer.kind": "adamw"}).spec.optimizer.beta1 == 0.9


def test_the_number_of_layers_repeats_the_last_one_or_takes_the_first_ones():
    point = MIXED.point(SEVERAL, {"layers.count": 4, "layers.0.units": 16})
    assert [layer.units for layer in point.spec.layers] == [16, 4, 4, 4]
    assert [layer.units for layer in MIXED.point(SEVERAL, {"layers.count": 1}).spec.layers] == [8]


def test_a_layer_that_is_not_there_does_not_matter():
    point = MIXED.point(SEVERAL, {"layers.count": 1, "layers.1.units": 99})
    assert point.values == {"layers.count": 1}


def test_the_kind_and_its_constants_can_be_set_in_all_layers_at_once():
    values = {"layers.activation.slope": 0.3, "layers.activation.kind": "leaky_relu"}
    point = MIXED.point(SEVERAL, values)
    assert point.values == values
    assert {layer.activation.slope for layer in point.spec.layers} == {0.3}


def test_values_keep_the_order_in_which_they_were_given():
    values = {"optimizer.beta2": 0.99, "layers.count": 2, "optimizer.kind": "adam"}
    assert list(MIXED.point(BASE, values).values) == list(values)


def test_a_value_that_the_spec_does_not_allow_is_refused():
    with pytest.raises(ValidationError):
        MIXED.point(BASE, {"learning_rate": 11})


def test_a_space_without_problems_has_none():
    assert MIXED.problems(BASE) == {}


def test_nothing_to_search_is_said():
    problems = Space().problems(BASE)
    assert problems == {"": "Nothing is searched: turn at least one value into a range."}


@pytest.mark.parametrize(
    "path", ["size", "optimizer.rho", "layers.7.units", "layers.²", "layers.9999999.units", "layers.0", ""]
)
def test_a_field_that_the_network_does_not_have_is_named(path):
    space = Space(dimensions={path: {"kind": "uniform", "low": 1, "high": 2}})
    assert space.problems(BASE) == {path: f"There is no {path} in this network."}


@pytest.mark.parametrize(
    ("path", "dimension", "words"),
    [
        ("learning_rate", {"kind": "uniform", "low": 0, "high": 1}, "Learning rate"),
        ("learning_rate", {"kind": "log", "low": 0.1, "high": 11}, "Learning rate"),
        ("layers.keep_prob", {"kind": "uniform", "low": 0.5, "high": 1.5}, "Keep"),
        ("layers.units", {"kind": "integers", "low": 0, "high": 9}, "Units"),
        ("layers.units", {"kind": "powers_of_two", "low": 2, "high": 2**20}, "Units"),
        ("optimizer.kind", _options("adam", "magic"), "magic"),
        ("learning_rate", _options(0.1, "fast"), "Learning rate"),
        ("optimizer.beta1", {"kind": "uniform", "low": 0.9, "high": 1.5}, "beta"),
    ],
)
def test_ends_that_the_spec_does_not_allow_are_told_at_their_range(path, dimension, words):
    problems = Space(dimensions={path: dimension}).problems(BASE)
    assert list(problems) == [path]
    assert words.lower() in problems[path].lower()


@pytest.mark.parametrize("kind", ["uniform", "log"])
@pytest.mark.parametrize("path", ["batch_size", "layers.units", "epochs"])
def test_numbers_between_whole_ones_are_seen_though_both_ends_are_whole(kind, path):
    problems = Space(dimensions={path: {"kind": kind, "low": 16, "high": 64}}).problems(BASE)
    assert list(problems) == [path]


@pytest.mark.parametrize(
    "dimension",
    [
        {"kind": "integers", "low": 0, "high": 3},
        {"kind": "integers", "low": 1, "high": 10**9},
        {"kind": "uniform", "low": 1, "high": 3},
        _options("few", "many"),
        _options(1, None),
        _options(True, 2),
    ],
)
def test_a_number_of_layers_is_a_small_whole_number(dimension):
    problems = _problems(layers__count=dimension)
    assert problems == {"layers.count": "The number of hidden layers is a whole number from 1 to 64."}


def test_a_bad_number_of_layers_does_not_hide_what_is_wrong_elsewhere():
    problems = _problems(
        layers__count=_options("few", "many"), layers__0__units={"kind": "integers", "low": 0, "high": 9}
    )
    assert set(problems) == {"layers.count", "layers.0.units"}


def test_a_layer_counts_as_there_when_any_number_of_layers_has_it():
    units = {"kind": "integers", "low": 4, "high": 9}
    assert _problems(layers__count=_options(3, 1), layers__2__units=units) == {}
    assert list(_problems(layers__count=_options(2, 1), layers__2__units=units)) == ["layers.2.units"]


def test_a_constant_may_belong_to_any_of_the_kinds_that_are_searched():
    beta = {"kind": "uniform", "low": 0.9, "high": 0.99}
    assert _problems(optimizer__kind=_options("momentum", "adam"), optimizer__beta2=beta) == {}
    assert _problems(optimizer__kind=_options("momentum", "gradient_descent"), optimizer__beta2=beta) == {
        "optimizer.beta2": "There is no optimizer.beta2 in this network."
    }


def test_what_one_dimension_sets_for_all_layers_no_other_can_search_for_one():
    units = {"kind": "integers", "low": 4, "high": 9}
    problems = _problems(layers__units=units, layers__0__units=units)
    assert problems == {
        "layers.0.units": "layers.units sets this for every layer already: search one of the two."
    }


def test_more_dimensions_than_anybody_searches_are_refused():
    dimension = {"kind": "uniform", "low": 0, "high": 1}
    with pytest.raises(ValidationError, match="at most 64 items"):
        Space(dimensions={f"d{i}": dimension for i in range(65)})


def test_a_space_goes_through_json_unchanged():
    assert Space.model_validate_json(MIXED.model_dump_json()) == MIXED


def test_the_order_in_which_ranges_are_given_does_not_matter():
    given = list(MIXED.dimensions.items())
    one, other = Space(dimensions=dict(given)), Space(dimensions=dict(reversed(given)))
    assert list(one.dimensions) == list(other.dimensions)
    assert Random().suggest(one, BASE, 1, 5, []) == Random().suggest(other, BASE, 1, 5, [])

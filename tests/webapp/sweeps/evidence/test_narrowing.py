import json
import re
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.sweeps.examples import BASE, MIXED, bowl, place, rows
from webapp.sweeps.evidence import importance, narrowing
from webapp.sweeps.evidence.words import joined, neat, words
from webapp.sweeps.space import Integers, LogUniform, OneMinusLog, Options, Space, Uniform


def _of(found, path):
    return next(each for each in found.dimensions if each.path == path)


def _one(path, dimension, score, n=60, **options):
    space = Space(dimensions={path: dimension, "l1": {"kind": "log", "low": 1e-6, "high": 1e-3}})
    return _of(narrowing(space, BASE, rows(n, score, space), **options), path)


def test_the_box_shrinks_around_the_best_on_the_scale_of_each_dimension():
    found = narrowing(MIXED, BASE, rows(100))
    rate = found.space.dimensions["learning_rate"]
    assert isinstance(rate, LogUniform)
    assert 1e-5 < rate.low < 10 ** (-5 + 5 * 0.37) < rate.high < 0.1
    assert found.note == "Decided by the best 10 of 100 finished trials."


def test_a_step_tells_its_evidence():
    known = rows(100)
    share = importance(MIXED, known).of("learning_rate")
    evidence = _of(narrowing(MIXED, BASE, known), "learning_rate").evidence
    assert evidence.startswith("9 of the 10 best have 0.0")
    assert f"explains {share.share:.0%} ± {100 * share.error:.0f} of the differences" in evidence


def test_what_does_not_matter_stays_as_it_is():
    step = _of(narrowing(MIXED, BASE, rows(100)), "batch_size")
    assert step.action == "kept"
    assert step.after == step.before == MIXED.dimensions["batch_size"]
    assert step.evidence.endswith("It stays as it is.")


def test_what_does_not_matter_can_be_fixed_at_the_best():
    known = rows(100)
    found = narrowing(MIXED, BASE, known, fix=True)
    best = min(known, key=lambda row: row.score)
    assert found.fixed["batch_size"] == best.values["batch_size"]
    assert "batch_size" not in found.space.dimensions
    assert "Makes little difference" in _of(found, "batch_size").evidence


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 50), st.sampled_from([10, 40]), st.booleans())
def test_the_new_box_lies_within_the_old_one_and_can_be_searched(seed, n, fix):
    found = narrowing(MIXED, BASE, rows(n, seed=seed, noise=0.3), fix=fix)
    base = MIXED.point(BASE, found.fixed).spec.model_dump(mode="json")
    assert found.space.problems(base) == {}
    assert found.beyond.problems(base) == {}
    for path, after in found.space.dimensions.items():
        before = MIXED.dimensions[path]
        assert all(before.holds(value) for value in after.grid(3))


def test_options_that_the_best_do_not_have_are_left_out():
    activations = Options(options=("relu", "tanh", "sigmoid"))

    def score(values):
        return float(values["layers.activation.kind"] == "sigmoid")

    step = _one("layers.activation.kind", activations, score)
    assert step.action == "narrowed"
    assert step.after.options == ("relu", "tanh")
    assert re.match(r"The best have (ReLU or tanh|tanh or ReLU); explains \d+% ± \d+ of", step.evidence)


def test_the_only_option_that_is_left_is_fixed_and_what_belongs_to_the_others_is_dropped():
    found = narrowing(MIXED, BASE, rows(60, lambda values: float(values["optimizer.kind"] == "adam")))
    assert found.fixed == {"optimizer.kind": "momentum"}
    assert "optimizer.kind" not in found.space.dimensions
    beta = _of(found, "optimizer.beta2")
    assert (beta.action, beta.evidence) == ("dropped", "No choice that is left has it.")
    assert "optimizer.beta2" not in found.space.dimensions


def test_an_option_that_was_hardly_tried_stays():
    options = Options(options=("relu", "tanh", "elu"))

    def score(values):
        return float(values["layers.activation.kind"] == "tanh")

    space = Space(dimensions={"layers.activation.kind": options})
    known = [row for row in rows(60, score, space) if row.values["layers.activation.kind"] != "elu"]
    step = _of(narrowing(space, BASE, known), "layers.activation.kind")
    assert step.after.options == ("relu", "elu")
    assert "ELU: tried too seldom to tell." in step.evidence


@pytest.mark.parametrize(
    ("path", "dimension", "towards", "end"),
    [
        ("learning_rate", LogUniform(low=1e-3, high=1e-1), 0, "low"),
        ("learning_rate", LogUniform(low=1e-4, high=1e-2), 1, "high"),
        ("layers.units", Integers(low=4, high=64, log=True), 1, "high"),
        ("optimizer.beta1", OneMinusLog(low=0.5, high=0.99), 1, "high"),
    ],
)
def test_the_best_at_an_edge_suggest_to_look_beyond_it(path, dimension, towards, end):
    step = _one(path, dimension, lambda values: abs(towards - dimension.place(values[path])))
    assert getattr(step.after, end) == getattr(dimension, end)
    new = getattr(step.beyond, end)
    assert new > dimension.high if towards else new < dimension.low
    edge = "upper" if towards else "lower"
    assert (
        f"They lie at the {edge} edge: look beyond it, to {words(dimension, new)} perhaps." in step.evidence
    )


@pytest.mark.parametrize(
    ("path", "dimension", "towards"),
    [
        ("layers.keep_prob", Uniform(low=0.5, high=1), 1),
        ("learning_rate", LogUniform(low=0.1, high=10), 1),
        ("layers.units", Integers(low=1, high=64), 0),
    ],
)
def test_an_edge_that_the_network_does_not_allow_to_cross_is_told(path, dimension, towards):
    step = _one(path, dimension, lambda values: abs(towards - dimension.place(values[path])))
    assert step.beyond is None
    assert "and the network allows no values beyond it." in step.evidence


def test_the_best_in_the_middle_suggest_nothing_beyond():
    found = narrowing(MIXED, BASE, rows(100))
    assert _of(found, "learning_rate").beyond is None


def test_a_whole_number_that_all_of_the_best_have_keeps_its_neighbours():
    layers = Integers(low=1, high=8)
    step = _one("layers.count", layers, lambda values: abs(values["layers.count"] - 4))
    assert (step.after.low, step.after.high) == (3, 5)


def test_ends_are_round_numbers():
    rate = narrowing(MIXED, BASE, rows(100)).space.dimensions["learning_rate"]
    assert (rate.low, rate.high) == (float(f"{rate.low:.1e}"), float(f"{rate.high:.1e}"))


def test_too_few_trials_change_nothing_and_say_so():
    found = narrowing(MIXED, BASE, rows(7))
    assert found.too_few
    assert found.space == found.beyond == MIXED
    assert found.note == "7 finished trials are too few to narrow anything: 8 or more."
    assert {each.evidence for each in found.dimensions} == {found.note}


def test_something_is_always_left_to_search():
    space = Space(dimensions={"optimizer.kind": MIXED.dimensions["optimizer.kind"]})
    known = rows(30, lambda values: float(values["optimizer.kind"] == "adam"), space)
    assert narrowing(space, BASE, known).space == space


def test_rounds_end_when_the_box_is_as_small_as_it_gets():
    space = Space(dimensions={path: MIXED.dimensions[path] for path in ("learning_rate", "l2")})
    widths = []
    for seed in range(4):
        found = narrowing(space, BASE, rows(50, bowl, space, seed=seed, noise=0))
        space = found.space
        rate = space.dimensions["learning_rate"]
        widths.append(rate.high / rate.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 20


def test_the_importances_of_the_page_can_be_handed_in_and_it_fits_into_a_cache():
    known = rows(40)
    found = narrowing(MIXED, BASE, known, importances=importance(MIXED, known))
    assert found == narrowing(MIXED, BASE, known)
    plain = asdict(found) | {"space": found.space.model_dump(), "beyond": found.beyond.model_dump()}
    json.dumps([plain["note"], plain["fixed"], plain["space"]])


@pytest.mark.parametrize(
    ("known", "value", "text"),
    [
        (LogUniform(low=1e-5, high=1), 0.00213, "0.0021"),
        (LogUniform(low=1e-5, high=1), 1e-5, "1e-05"),
        (OneMinusLog(low=0.9, high=0.9999), 0.99953, "0.99953"),
        (OneMinusLog(low=0.9, high=0.9999), 0.9, "0.9"),
        (Integers(low=1, high=9), 4, "4"),
    ],
)
def test_values_are_told_as_exactly_as_is_useful(known, value, text):
    assert words(known, value) == text


@given(st.floats(1e-9, 1e6), st.booleans())
def test_a_neat_number_lies_on_the_side_that_was_asked_for(value, up):
    found = neat(Uniform(low=0, high=1), value, up)
    blur = 1e-9 * value
    assert found >= value - blur if up else found <= value + blur
    assert found == pytest.approx(value, rel=0.11)


def test_lists_are_told_as_one_says_them():
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b or c"


def test_the_place_of_the_best_is_inside():
    found = narrowing(MIXED, BASE, rows(100)).space.dimensions["learning_rate"]
    assert place("learning_rate", {"learning_rate": found.low}) < 0.37

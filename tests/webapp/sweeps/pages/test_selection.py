"""The trials that an address chooses."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.webapp.sweeps.factories import SPACE, a_plan, a_sweep, a_trial
from webapp.sweeps.pages.parts import Between, OneOf, narrowed
from webapp.sweeps.pages.selection import Selection
from webapp.sweeps.space import Integers, LogUniform, Options, PowersOfTwo, Space

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep():
    found = a_sweep()
    for rate, optimizer, state, score in (
        (0.001, "adam", "finished", 0.1),
        (0.01, "momentum", "finished", 0.02),
        (0.1, "adam", "pruned", 0.3),
        (1.0, "adam", "failed", None),
    ):
        values = {"learning_rate": rate, "optimizer.kind": optimizer}
        a_trial(found, values=values, state=state, score=score, epoch=3)
    return found


def chosen(sweep, query):
    selection = Selection.read(sweep, QueryDict(query))
    return [row.number for row in selection.rows], selection.problems


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("range.learning_rate=0.001..0.01", [1, 2]),
        ("range.learning_rate=0.05..", [3, 4]),
        ("range.learning_rate=..0.001", [1]),
        ("range.optimizer.kind=momentum", [2]),
        ("range.optimizer.kind=momentum|adam&range.learning_rate=..0.05", [1, 2]),
        ("state=finished|pruned", [1, 2, 3]),
        ("range.score=..0.1", [1, 2]),
        ("range.score=..0.1&state=finished&q=2,3", [2]),
        ("q=3 4", [3, 4]),
        ("range.batch_size=32|64", [1, 2, 3, 4]),
        ("range.number=2..3", [2, 3]),
    ],
)
def test_ranges_states_and_numbers_choose(sweep, query, numbers):
    assert chosen(sweep, query) == (numbers, [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range.learning_rate=1..0.1", "“1..0.1” is empty"),
        ("range.learning_rate=nan..1", "“nan” is not a number"),
        ("range.learning_rate=..", "has a lower end"),
        ("range.learning_rate=1e999..", "is not a number"),
        ("range.optimizer.kind=sgd", "There are: adam, momentum"),
        ("range.optimizer.kind=0..1", "no choice of adam, momentum"),
        ("range.optimizer.kind=|", "nothing is chosen"),
        ("range.nothing=1..2", "no such range"),
        ("state=gone", "There are: waiting"),
        ("q=x", "no number of a trial"),
        ("range.learning_rate=%00%F0%9F..", "is not a number"),
    ],
)
def test_what_cannot_be_read_is_told_and_left_out(sweep, query, words):
    numbers, (problem,) = chosen(sweep, query)
    assert words in problem
    assert numbers == [1, 2, 3, 4]


def test_a_trial_in_which_a_dimension_does_not_matter_lies_in_no_range_of_it(sweep):
    trial = sweep.trials.get(number=1)
    del trial.values["batch_size"]
    trial.save()
    assert chosen(sweep, "range.batch_size=16..128")[0] == [2, 3, 4]


def test_the_same_selection_has_one_address(sweep):
    query = "q=2 1&page=3&sort=score&range.optimizer.kind=momentum|adam&state=pruned|finished"
    query += "&range.learning_rate=0.0010.."
    selection = Selection.read(sweep, QueryDict(query))
    again = Selection.read(sweep, QueryDict(selection.query))
    assert again.query == selection.query
    assert "page" not in selection.query
    assert QueryDict(selection.query)["range.learning_rate"] == "0.001.."
    assert "state" not in QueryDict(selection.without("state"))


def test_the_box_is_the_space_within_the_ranges(sweep):
    selection = Selection.read(sweep, QueryDict("range.learning_rate=0.001..5&range.batch_size=30..100"))
    box = selection.box().dimensions
    assert box["learning_rate"] == LogUniform(low=0.001, high=1)
    assert box["batch_size"] == PowersOfTwo(low=32, high=64)
    assert box["optimizer.kind"] == SPACE.dimensions["optimizer.kind"]


def test_what_has_one_value_left_is_no_dimension_any_more(sweep):
    selection = Selection.read(sweep, QueryDict("range.optimizer.kind=adam&range.batch_size=60..70"))
    assert list(selection.box().dimensions) == ["learning_rate"]
    assert selection.fixed == {"optimizer.kind": "adam", "batch_size": 64}


@pytest.mark.parametrize(
    ("known", "part", "left"),
    [
        (Integers(low=0, high=2**53 - 1), Between(3.2, 1e12), Integers(low=4, high=10**12)),
        (Integers(low=1, high=9), Between(3.2, 4.8), [4]),
        (Integers(low=1, high=9), OneOf((2, 7)), Integers(low=2, high=7)),
        (Integers(low=1, high=9), Between(20, 30), Integers(low=1, high=9)),
        (PowersOfTwo(low=16, high=64), Between(17, 31), PowersOfTwo(low=16, high=64)),
        (LogUniform(low=0.1, high=1), Between(1, None), [1]),
        (Options(options=(True, False)), OneOf((False,)), [False]),
        (Options(options=("a", "b", None)), OneOf(("a", None)), Options(options=("a", None))),
    ],
)
def test_every_distribution_can_be_narrowed(known, part, left):
    assert narrowed(known, part) == left


def test_options_of_every_type_are_read_back():
    options = Options(options=(True, None, 0.5, 3, "adam"))
    sweep = a_sweep(a_plan(Space(dimensions={"seed": options})))
    for number, option in enumerate(options.options, 1):
        a_trial(sweep, values={"seed": option})
        text = ["true", "none", "0.50", "3", "adam"][number - 1]
        assert chosen(sweep, f"range.seed={text}") == ([number], [])


class TestAnyText(TestCase):
    @given(st.sampled_from(["learning_rate", "optimizer.kind", "score"]), st.text(max_size=60))
    def test_any_text_is_answered(self, path, text):
        self.sweep = getattr(self, "sweep", None) or a_sweep()
        query = QueryDict(mutable=True)
        query.update({f"range.{path}": text, "state": text, "q": text})
        selection = Selection.read(self.sweep, query)
        assert Selection.read(self.sweep, QueryDict(selection.query)).query == selection.query
        selection.box()

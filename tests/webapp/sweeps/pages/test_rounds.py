"""The next round, and rounds beside each other."""

import json

import pytest
from django.urls import reverse

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.factories import SPACE, a_plan, a_sweep, a_trial
from webapp.sweeps import control
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.rounds import next_round, rounds_of
from webapp.sweeps.space import Integers, LogUniform, OneMinusLog, Options, Space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def sweep(owner):
    found = a_sweep(owner=owner, name="rates")
    for score in (0.25, 0.125, 0.5):
        a_trial(found, score=score)
    return found


def begin(client, sweep, **fields):
    return client.post(reverse("sweeps:next", args=[sweep.pk]), fields, follow=True)


def test_the_chosen_ranges_are_the_next_round(as_owner, sweep):
    begin(as_owner, sweep, selection="range.learning_rate=0.001..0.01&state=finished")
    made = Sweep.objects.get(previous=sweep)
    assert (made.round, made.name, made.state) == (2, "rates, round 2", "running")
    assert made.planned.space.dimensions["learning_rate"] == LogUniform(low=0.001, high=0.01)
    assert made.planned.trials == sweep.planned.trials
    assert made.planned.strategy.seed == sweep.planned.strategy.seed + 1
    third = next_round(made.owner, made, made.planned.space)
    assert third.name == "rates, round 3"


def test_two_rounds_after_the_same_one_have_names_of_their_own(sweep):
    second, another = (next_round(sweep.owner, sweep, sweep.planned.space) for _ in range(2))
    assert (second.name, another.name) == ("rates, round 2", "rates, round 2 (2)")
    assert next_round(sweep.owner, another, sweep.planned.space).name == "rates, round 3"


def test_a_space_as_json_is_the_next_round(as_owner, sweep):
    space = SPACE.model_dump(mode="json")
    space["dimensions"]["learning_rate"]["high"] = 0.1
    begin(as_owner, sweep, space=json.dumps(space))
    assert Sweep.objects.get(previous=sweep).planned.space == Space.model_validate(space)


def test_one_value_that_is_chosen_is_held(as_owner, sweep):
    begin(as_owner, sweep, selection="range.optimizer.kind=momentum&range.batch_size=60..70")
    made = Sweep.objects.get(previous=sweep)
    assert list(made.planned.space.dimensions) == ["learning_rate"]
    assert made.spec["optimizer"]["kind"] == "momentum"
    assert made.spec["batch_size"] == 64


def test_what_does_not_matter_with_the_held_value_is_searched_no_more(as_owner, owner):
    space = Space(
        dimensions={
            "learning_rate": LogUniform(low=0.001, high=1),
            "optimizer.kind": Options(options=("adam", "momentum")),
            "optimizer.beta2": OneMinusLog(low=0.9, high=0.999),
            "layers.count": Integers(low=1, high=3),
            "layers.2.units": Integers(low=2, high=8),
        }
    )
    sweep = a_sweep(a_plan(space), owner=owner, spec=a_spec())
    begin(as_owner, sweep, selection="range.optimizer.kind=momentum&range.layers.count=2")
    made = Sweep.objects.get(previous=sweep)
    assert list(made.planned.space.dimensions) == ["learning_rate"]
    assert len(made.spec["layers"]) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "No range is chosen"),
        ({"selection": "state=finished"}, "No range is chosen"),
        ({"selection": "range.learning_rate=1..0.1"}, "is empty"),
        ({"space": "{"}, "Invalid JSON"),
        ({"space": "[]"}, "The space"),
        ({"space": '{"dimensions": {}}'}, "Nothing is searched"),
        ({"space": '{"dimensions": {"a": {"kind": "log", "low": 0, "high": 1}}}'}, "no logarithm of zero"),
        ({"space": '{"dimensions": {"nope": {"kind": "log", "low": 0.1, "high": 1}}}'}, "There is no nope"),
        ({"space": "x" * 100_001}, "100,000 letters"),
    ],
)
def test_a_round_that_cannot_be_is_refused_with_the_reason(as_owner, sweep, fields, words):
    assert words in begin(as_owner, sweep, **fields).text
    assert Sweep.objects.count() == 1


def test_rounds_stand_beside_each_other(as_owner, sweep, owner):
    begin(as_owner, sweep, selection="range.learning_rate=0.001..0.01&range.optimizer.kind=adam")
    second = Sweep.objects.get(previous=sweep)
    a_trial(second, score=0.0625)
    answer = as_owner.get(reverse("sweeps:rounds", args=[second.pk]))
    rows = {row["title"]: row["texts"] for row in answer.context["rows"]}
    assert rows["Trials"] == ["3", "1"]
    assert rows["Best"] == ["12.50 %", "6.25 %"]
    assert rows["Median of the finished"] == ["25.00 %", "6.25 %"]
    assert rows["Learning rate"] == ["0.0001 to 1", "0.001 to 0.01"]
    assert rows["Optimizer"] == ["Adam, Momentum", "Adam only"]
    assert rows["Part of the first box"] == ["all of it", "25 %"]
    page = as_owner.get(second.get_absolute_url()).text
    assert "Round 1</a>" in page


def test_a_deleted_round_is_passed_over(sweep, owner):
    second = next_round(owner, sweep, SPACE)
    third = next_round(owner, second, SPACE)
    second.end(Sweep.State.STOPPED)
    control.delete(second)
    third.refresh_from_db()
    assert [one.sweep.pk for one in rounds_of(third)] == [sweep.pk, third.pk]

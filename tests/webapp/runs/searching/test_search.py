"""The search language, from the text to the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Dense, Spec
from engine.optimizers import GradientDescent, Momentum
from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.labels.tags import set_tags
from webapp.runs.models import Run
from webapp.runs.searching.conditions import condition
from webapp.runs.searching.language import SearchError
from webapp.runs.searching.quantities import quantities


@pytest.fixture
def runs(owner):
    digits, wine = a_version(owner=owner, name="Digits"), a_version(owner=owner, name="Wine")
    deep = a_spec(
        layers=(Dense(units=128, activation="tanh"), Dense(units=32, keep_prob=0.5), Dense(units=8))
    )
    a = a_run(deep, owner=owner, version=digits, name="alpha", state="running", dev_error=0.04, starred=True)
    b = a_run(
        a_spec(optimizer=Momentum(beta=0.8), learning_rate=0.1, batch_size=32, max_norm=2.0, full_batch=True),
        owner=owner,
        version=wine,
        name="beta two words",
        state="finished",
        best_dev_error=0.2,
        branched_step=4,
        notes="Tried 100% of it_all",
    )
    c = a_run(
        a_spec(optimizer=GradientDescent(), learning_rate=0.001, epochs=60, augmentations=("flip",)),
        owner=owner,
        version=wine,
        name="gamma",
        state="failed",
    )
    set_tags(a, ["baseline", "bad"])
    set_tags(b, ["baseline"])
    Run.objects.filter(pk=c.pk).update(created=timezone.now() - timedelta(days=30))


def found(query):
    return "".join(run.name[0] for run in Run.objects.filter(condition(query)).order_by("name"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "abg"),
        ("WINE", "bg"),
        ("two words", "b"),
        ('"two words"', "b"),
        ('"words two"', ""),
        ("base", "ab"),
        ("100%", "b"),
        ("it_all", "b"),
        ("itXall", ""),
        ("-wine", "a"),
        ("lr<0.01", "ag"),
        ("lr=0.1", "b"),
        ("learning_rate:0.1,0.001", "abg"),
        ("lr!=0.1", "ag"),
        ("-lr<0.01", "b"),
        ("dev_error<5%", "a"),
        ("error<0.05", "a"),
        ("-dev_error<5%", "bg"),
        ("best<=20%", "b"),
        ("tag:baseline", "ab"),
        ("tag:baseline -tag:bad", "b"),
        ('tag:"BASE line"', ""),
        ("state:running", "a"),
        ("state:ended", "bg"),
        ("live", "a"),
        ("optimizer:adam", "a"),
        ('optimizer:"Gradient descent"', "g"),
        ("optimizer:gradient-descent,momentum", "bg"),
        ("optimizer!=adam", "bg"),
        ("beta=0.8", "b"),
        ("beta1=0.9", "a"),
        ("-beta1=0.9", "bg"),
        ("epochs>=50", "g"),
        ("layers=3", "a"),
        ("layers<3", "bg"),
        ("units>64", "a"),
        ("units=32", "a"),
        ("layers.units=4", "bg"),
        ("-units=4", "a"),
        ("activation:tanh", "a"),
        ("activation:relu", "abg"),
        ("keep_prob<1", "a"),
        ("batch_norm:yes", ""),
        ("batch_norm:no", "abg"),
        ("batch_size=32", "b"),
        ("batch:32", "b"),
        ("max_norm<3", "b"),
        ("max_norm>0", "b"),
        ("full_batch:yes", "b"),
        ("full_batch:no", "ag"),
        ("augmentations:flip", "g"),
        ("dataset:dig", "a"),
        ("dataset=wine", "bg"),
        ('name="beta two words"', "b"),
        ("note:tried", "b"),
        ("starred", "a"),
        ("-starred", "bg"),
        ("branched", "b"),
        ("created>7d", "ab"),
        ("created<=7d", "g"),
        ("created:today", "ab"),
        ("created<today", "g"),
        ("created>2020-01-01", "abg"),
        ("lr<0.01 tag:baseline state:running", "a"),
        ("seed=0", "abg"),
        ("version=1", "abg"),
    ],
)
def test_a_query_finds_the_runs_it_asks_for(runs, query, names):
    assert found(query) == names


@pytest.mark.parametrize(
    ("query", "number", "message", "possible"),
    [
        ("wine lr<x", 2, "not a number", "0.01"),
        ("lrn<1", 1, "no “lrn”", "lr"),
        ("learning_rat<1", 1, "no “learning_rat”", "learning_rate"),
        ("optimizer:adm", 1, "no optimizer", "adam"),
        ("optimizer<adam", 1, "has no order", "optimizer:adam"),
        ("a b epsilon<1", 3, "several things", "optimizer.epsilon"),
        ("full_batch:maybe", 1, "neither yes nor no", "yes"),
        ("created>monday", 1, "not a day", "today"),
        ("created>2026-02-30", 1, "not a day", "today"),
        ("state:flying", 1, "no state", "running"),
        ("test_error<1", 1, "no “test_error”", "train_error"),
        ("lr<1,2", 1, "one value", ""),
        ("lr<", 1, "compared with nothing", ""),
        ('wine "open', 2, "not closed", ""),
        ('a"b"', 1, "around a whole word", ""),
        ("<5", 1, "a name is missing", ""),
        ("x" * 1001, 0, "too long", ""),
        ("x " * 41, 41, "too many words", ""),
    ],
)
def test_a_query_that_makes_no_sense_says_where_and_what_is_possible(query, number, message, possible):
    with pytest.raises(SearchError) as caught:
        condition(query)
    assert message in caught.value.message
    assert caught.value.number == number
    assert not possible or possible in caught.value.possible


@pytest.mark.django_db
@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("lrtag<>=!:\"-% .,0159eé_'%;()[]{}$\\ dstaeoimz"), max_size=40))
@example("lr=1e999")
@example("created=9999-12-31")
@example("created>99999w")
@example("name:%s")
def test_whatever_is_written_is_answered_or_refused(text):
    try:
        wanted = condition(text)
    except SearchError:
        return
    list(Run.objects.filter(wanted).values_list("pk"))


@pytest.mark.django_db
def test_every_quantity_can_be_compared_and_sorted_by(owner):
    run = a_run(owner=owner)
    for name, quantity in quantities().items():
        value = {"number": "1", "flag": "yes", "date": "today"}.get(quantity.kind, "x")
        value = next(iter(quantity.choices), value)
        list(Run.objects.filter(condition(f"{name}:{value}")))
        if quantity.kind != "tag":
            assert list(Run.objects.order_by(quantity.expression)) == [run]


def test_every_number_of_a_spec_can_be_asked_for():
    names = {name for name, field in Spec.model_fields.items() if field.annotation in (int, float)}
    assert names <= set(quantities())


@pytest.mark.django_db
def test_a_value_is_read_from_a_spec_as_the_database_reads_it(runs):
    run = Run.objects.get(name="alpha")
    read = {name: quantity.read(run.spec) for name, quantity in quantities().items() if not quantity.column}
    assert read["layers.units"] == [128, 32, 8]
    assert read["layers.activation"] == ["tanh", "relu", "relu"]
    assert read["layers"] == [3]
    assert read["optimizer"] == ["adam"]
    assert read["optimizer.beta"] == []
    for name in ("layers.units", "optimizer", "learning_rate", "l2", "seed"):
        stored = Run.objects.filter(pk=run.pk).values_list(quantities()[name].expression, flat=True)
        assert list(stored) == read[name][:1]

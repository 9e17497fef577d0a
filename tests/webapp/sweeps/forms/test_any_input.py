"""The form of a sweep takes whatever is posted, and says what is wrong with it."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.runs.forms.test_any_input import DIGITS, START, TEXTS
from webapp.sweeps.forms.consequences import SweepConsequences
from webapp.sweeps.forms.exchange import ContentError, read, written
from webapp.sweeps.forms.ranges import Range
from webapp.sweeps.forms.sweep_form import SweepForm
from webapp.sweeps.forms.texts import texts_of

PATHS = st.sampled_from(
    [
        "learning_rate",
        "l2",
        "layers.units",
        "layers.0.units",
        "layers.count",
        "layers.9.units",
        "batch_size",
        "optimizer.kind",
        "optimizer.beta",
        "layers.activation.kind",
        "full_batch",
        "max_norm",
        "head.kind",
        "x",
    ]
)
SCALES = st.sampled_from(
    ["log", "uniform", "one_minus_log", "integers", "integers_log", "powers_of_two", "options"]
)
ENDS = st.one_of(TEXTS, st.sampled_from(["0.9", "1e-5", "1", "16", "64", "1e17", "none, 3", "0.1, 0.2"]))
TICKS = st.sampled_from(["adam", "momentum", "relu", "leaky_relu", "true", "false", "softmax", "nothing"])
RANGES = st.dictionaries(PATHS, st.tuples(SCALES, ENDS, ENDS, ENDS, st.sets(TICKS)), max_size=4)
PLANS = st.dictionaries(
    st.sampled_from(["plan:trials", "plan:minutes", "plan:strategy.kind", "plan:strategy.seed", "plan:x"]),
    st.one_of(TEXTS, st.sampled_from(["grid", "random", "tpe"])),
    max_size=3,
)
ACTIONS = st.sampled_from(
    [
        "",
        "layers.add",
        "layers.0.remove",
        "range:l2",
        "value:l2",
        "value:optimizer.kind",
        "range:x",
        "range:layers.units",
    ]
)


@pytest.fixture(autouse=True)
def no_measuring(monkeypatch):
    monkeypatch.setattr("webapp.sweeps.forms.consequences.seconds_per_epoch", lambda *_: 1.0)
    monkeypatch.setattr("webapp.runs.forms.consequences.seconds_per_epoch", lambda *_: 1.0)


def posted_of(ranges):
    found = {}
    for path, (scale, low, high, options, ticks) in ranges.items():
        parts = {"scale": scale, "low": low, "high": high, "options": options}
        parts |= {f"option.{tick}": "on" for tick in ticks}
        found |= {f"{path}:{part}": text for part, text in parts.items()}
    return found


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RANGES, PLANS, ACTIONS)
def test_the_form_never_fails(digits, ranges, plan, action):
    form = SweepForm(digits, START | posted_of(ranges) | plan)
    form.act(action)
    told = SweepConsequences(form)
    assert (form.spec is None) == bool(form.problems)
    assert all(text for text in form.problems.values())
    assert {bound.path for bound in form.controls}
    assert form.elsewhere is not None
    assert told.warnings is not None
    assert told.whole_time is not None
    assert told.errors is not None
    for one in form.ranges.values():
        assert one.summary
        assert one.examples is not None
        assert (one.distribution is None) <= bool(one.error)
        assert one.spread is None or all(0 <= mark.x <= 320 for mark in one.spread.marks)


@settings(max_examples=60, deadline=None)
@given(SCALES, ENDS, ENDS)
def test_a_range_that_can_be_read_says_the_same_again(scale, low, high):
    one = Range("learning_rate", {"scale": scale, "low": low, "high": high, "options": low})
    if one.distribution is not None:
        again = Range(one.path, texts_of(one.distribution, one.field))
        assert again.distribution == one.distribution


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["spec", "plan", "space", "dimensions", "l2", "kind", "low"]), inner, max_size=3
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(JSON, st.text(max_size=20)))
def test_a_file_is_read_or_refused_in_words(content):
    base = SweepForm(DIGITS, START).draft
    text = content if isinstance(content, str) else json.dumps(content)
    with suppress(ContentError):
        spec, plan = read(text, base)
        assert read(written(spec, plan), base) == (spec, plan)

"""Whatever is posted, the form answers with a spec or with sentences."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Spec
from webapp.datasets.models import Dataset, Version
from webapp.runs.forms.consequences import Consequences
from webapp.runs.forms.presets import PRESETS
from webapp.runs.forms.reading import flatten
from webapp.runs.forms.spec_form import SpecForm

DIGITS = Version(
    pk=1,
    dataset=Dataset(pk=1, name="Digits"),
    task="multiclass",
    classes=list("0123456789"),
    n_features=64,
    n_rows=1797,
    n_train=1079,
    n_dev=359,
    n_test=359,
)
START = flatten(PRESETS["quick"].spec_for(DIGITS).model_dump(mode="json"))
NUMBERS = st.sampled_from(["0", "-1", "1e308", "1e-320", "NaN", "1,5", "", "65536", "0.94", "1" * 400])
TEXTS = st.one_of(NUMBERS, st.text(max_size=12), st.floats().map(str), st.integers().map(str))
KINDS = st.sampled_from(["adam", "momentum", "zeros", "tanh", "leaky_relu", "softmax", "sigmoid", "none"])
NAMES = st.one_of(
    st.sampled_from(sorted(START)),
    st.sampled_from(
        ["layers.9.units", "layers.3.activation.kind", "layers.0.activation.slope", "optimizer.beta"]
    ),
    st.text(max_size=20),
)
CHANGES = st.dictionaries(NAMES, st.one_of(TEXTS, KINDS), max_size=6)


@pytest.fixture(autouse=True)
def no_measuring(monkeypatch):
    monkeypatch.setattr("webapp.runs.forms.consequences.seconds_per_epoch", lambda *_: 1.0)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_the_form_never_fails(changes):
    form = SpecForm(DIGITS, START | changes)
    told = Consequences(form)
    assert (form.spec is None) == bool(form.problems)
    assert all(text for text in form.problems.values())
    assert isinstance(form.draft, Spec | None)
    assert told.errors is not None
    assert told.warnings is not None
    assert form.labels
    assert told.drawing is None or told.drawing.columns
    assert told.layer_sizes is not None
    assert told.run_time is not None
    assert told.marked is not None

"""The range that a value is turned into: it suits the value, and the value is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Spec
from tests.webapp.datasets.factories import a_version
from webapp.datasets.models import Version
from webapp.runs.forms.numbers import write
from webapp.runs.forms.presets import PRESETS
from webapp.runs.forms.reading import flatten
from webapp.runs.forms.schema import Choice, Field, Group, Number, Rows
from webapp.runs.forms.spec_form import ROOT
from webapp.sweeps.forms.places import field_at
from webapp.sweeps.forms.suggestions import suggested
from webapp.sweeps.forms.sweep_form import SweepForm
from webapp.sweeps.space import Integers, LogUniform, PowersOfTwo

SPEC = Spec(layers=[{"units": 64}, {"units": 32}], head="softmax")
VERSION = Version(task="multiclass", n_train=1000)


def numbers_below(field: Field, path: str):
    """The paths of all numbers that can be searched, those of every kind among them."""
    match field:
        case Number() if field_at(path):
            yield path
        case Group():
            for name, part in field.fields.items():
                yield from numbers_below(part, f"{path}.{name}".lstrip("."))
        case Choice():
            for kind in field.kinds.values():
                yield from numbers_below(kind, path)
        case Rows():
            yield from numbers_below(field.item, f"{path}.0")


PATHS = sorted(set(numbers_below(ROOT, "")))


@st.composite
def values(draw: st.DrawFn) -> tuple[str, float]:
    """A path, and a number that its field takes."""
    path = draw(st.sampled_from(PATHS))
    field = field_at(path)
    low = next(bound for bound in (field.least, field.above, 0) if bound is not None)
    high = next(bound for bound in (field.most, field.below, 1e9) if bound is not None)
    if field.whole:
        return path, draw(st.integers(int(low), int(high)))
    open_ends = {"exclude_min": field.above is not None, "exclude_max": field.below is not None}
    return path, draw(st.floats(low, high, allow_subnormal=False, **open_ends))


@given(values())
def test_a_value_is_in_its_range_unless_it_is_a_zero_without_a_logarithm(pair):
    path, value = pair
    known = suggested(path, VERSION, SPEC, [write(value)])
    assert known.holds(value) or (value == 0 and isinstance(known, LogUniform))


@given(values())
def test_a_range_stays_where_its_field_takes_every_number(pair):
    path, value = pair
    field, known = field_at(path), suggested(path, VERSION, SPEC, [write(value)])
    assert field.least is None or known.low >= field.least
    assert field.above is None or known.low > field.above
    assert field.most is None or known.high <= field.most
    assert field.below is None or known.high < field.below


@pytest.mark.parametrize(
    ("path", "text", "known"),
    [
        ("learning_rate", "0.01", LogUniform(low=1e-5, high=0.02)),
        ("learning_rate", "0.5", LogUniform(low=1e-5, high=0.5)),
        ("learning_rate", "1e-6", LogUniform(low=1e-6, high=0.02)),
        ("learning_rate", "11", LogUniform(low=1e-5, high=0.02)),
        ("learning_rate", "much", LogUniform(low=1e-5, high=0.02)),
        ("l2", "0", LogUniform(low=0.001, high=10)),
        ("batch_size", "512", PowersOfTwo(low=16, high=512)),
        ("batch_size", "100", Integers(low=16, high=256, log=True)),
        ("schedule.patience", "0", Integers(low=0, high=32)),
        ("seed", "123456789012345", Integers(low=0, high=123456789012345)),
    ],
)
def test_an_end_moves_out_to_the_value_and_no_further(path, text, known):
    assert suggested(path, VERSION, SPEC, [text]) == known


def test_of_all_layers_alike_every_one_has_its_value_in_the_range():
    assert suggested("layers.units", VERSION, SPEC, ["2", "700"]) == Integers(low=2, high=700, log=True)
    kinds = suggested("layers.activation.kind", VERSION, SPEC, ["gelu", "softplus"]).options
    assert {"gelu", "softplus", "relu", "tanh"} <= set(kinds)
    assert "silu" not in kinds


@pytest.mark.django_db
def test_what_the_page_shows_in_each_layer_is_in_the_range_and_what_it_refuses_is_not(owner):
    version = a_version(owner=owner, name="Few", task="binary", n_rows=100, n_features=2, classes=["a", "b"])
    posted = flatten(PRESETS["sensible"].spec_for(version).model_dump(mode="json"))
    posted |= {"layers.0.units": "3", "layers.1.activation.kind": "gelu", "batch_size": "4096"}
    form = SweepForm(version, posted)
    for path in ("layers.units", "layers.activation.kind", "batch_size"):
        form.act(f"range:{path}")
    assert form.ranges["layers.units"].distribution.low == 3
    assert "gelu" in form.ranges["layers.activation.kind"].ticked
    assert form.ranges["batch_size"].distribution.high < version.n_train

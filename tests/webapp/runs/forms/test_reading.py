import pytest
from django.template.loader import render_to_string

from engine import Dense, Spec
from webapp.runs.forms.actions import act
from webapp.runs.forms.fields import Marks, bind
from webapp.runs.forms.reading import flatten, nest, renumber
from webapp.runs.forms.spec_form import ROOT

SPEC = Spec(
    layers=(Dense(units=8, activation={"kind": "leaky_relu", "slope": 0.2}), Dense(units=4)),
    head="softmax",
    optimizer={"kind": "rmsprop", "beta": 0.95},
    learning_rate=3e-7,
)


def flat(spec=SPEC):
    return flatten(spec.model_dump(mode="json"))


def test_a_spec_survives_the_way_through_a_form():
    values, problems = nest(flat(), ROOT)
    assert problems == {}
    assert Spec.model_validate(values) == SPEC


def test_what_is_absent_is_left_to_the_defaults():
    values, problems = nest({"layers.0.units": "3", "head.kind": "sigmoid"}, ROOT)
    assert problems == {}
    assert Spec.model_validate(values) == Spec(layers=(Dense(units=3),), head="sigmoid")


def test_constants_of_the_kind_chosen_before_are_left_behind():
    values, problems = nest(flat() | {"optimizer.kind": "adam", "optimizer.beta": "7"}, ROOT)
    assert problems == {}
    assert "beta" not in values["optimizer"]


@pytest.mark.parametrize(
    "name",
    [
        "layers.0.dropout",
        "layers.x.units",
        "layers.-1.units",
        "layers.٣.units",
        "layers",
        "layers.0",
        "optimizer.learning_rate",
        "owner",
        "__class__",
        "a" * 10_000,
        "layers.0.units\n",
        "",
    ],
)
def test_a_forged_name_is_refused(name):
    _, problems = nest(flat() | {name: "1"}, ROOT)
    assert list(problems) == [name]
    assert "has no field" in problems[name]
    assert len(problems[name]) < 200


def test_rows_are_renumbered_without_gaps():
    gappy = {"layers.7.units": "7", "layers.2.units": "2", "layers.2.activation.kind": "tanh"}
    assert renumber(gappy, "layers") == {
        "layers.0.units": "2",
        "layers.0.activation.kind": "tanh",
        "layers.1.units": "7",
    }


@pytest.mark.parametrize(
    ("action", "units", "focus"),
    [
        ("layers.add", "8 4 4", "layers-2-units"),
        ("layers.0.remove", "4", "layers-0-remove"),
        ("layers.1.remove", "8", "layers-0-remove"),
        ("layers.1.up", "4 8", "layers-0-down"),
        ("layers.0.down", "4 8", "layers-1-up"),
        ("layers.0.up", "8 4", ""),
        ("layers.1.down", "8 4", ""),
        ("layers.9.remove", "8 4", ""),
        ("head.add", "8 4", ""),
        ("owner.add", "8 4", ""),
        ("layers.٣.up", "8 4", ""),
        ("layers.remove", "8 4", ""),
        ("nonsense", "8 4", ""),
        ("", "8 4", ""),
    ],
)
def test_buttons_change_the_rows_and_say_where_the_focus_goes(action, units, focus):
    done = act(action, flat(), ROOT)
    rows = [done.posted[f"layers.{row}.units"] for row in range(len(units.split()))]
    assert rows == units.split()
    assert f"layers.{len(rows)}.units" not in done.posted
    assert done.focus == focus


def test_a_moved_layer_takes_its_constants_along():
    posted = act("layers.0.down", flat(), ROOT).posted
    assert posted["layers.1.activation.slope"] == "0.2"
    assert "layers.0.activation.slope" not in posted


def test_the_first_layer_has_the_engines_defaults():
    posted = act("layers.add", {"head.kind": "softmax"}, ROOT).posted
    values, _ = nest(posted, ROOT)
    assert Spec.model_validate(values).layers == (Dense(),)


def test_no_layer_is_added_beyond_the_most_there_may_be():
    spec = Spec(layers=(Dense(units=1),) * 64, head="softmax")
    assert act("layers.add", flat(spec), ROOT).posted == flat(spec)


def test_an_optional_number_may_be_left_empty():
    for text, value in (("", None), ("  ", None), ("0.5", 0.5)):
        values, problems = nest(flat() | {"clip_norm": text}, ROOT)
        assert problems == {}
        assert Spec.model_validate(values).clip_norm == value
    assert flat()["clip_norm"] == ""


@pytest.mark.parametrize(
    ("text", "weights"), [("", ()), ("1", (1,)), ("1, 2.5", (1, 2.5)), (" 1;2 3,", (1, 2, 3))]
)
def test_several_numbers_are_one_text(text, weights):
    values, problems = nest(flat() | {"head.class_weights": text}, ROOT)
    assert problems == {}
    spec = Spec.model_validate(values)
    assert spec.head.class_weights == weights
    assert Spec.model_validate(nest(flat(spec), ROOT)[0]) == spec


def test_what_is_no_number_among_several_is_refused_at_their_field():
    _, problems = nest(flat() | {"head.class_weights": "1, two"}, ROOT)
    assert list(problems) == ["head.class_weights"]
    assert "“two” is not a number" in problems["head.class_weights"]


def test_rows_of_a_choice_are_added_read_and_shown():
    added = act("augmentations.add", flat(), ROOT)
    assert added.focus == "augmentations-0"
    posted = added.posted | {"augmentations.0.kind": "rotate", "augmentations.1.degrees": "3"}
    values, problems = nest(posted, ROOT)
    assert problems == {}
    (rotate,) = Spec.model_validate(values).augmentations
    assert rotate.kind == "rotate"
    bound = bind(ROOT.fields["augmentations"], "augmentations", posted, Marks({}))
    html = render_to_string("runs/new/part.html", {"bound": bound})
    assert 'name="augmentations.0.kind"' in html
    assert "Add an augmentation" in html

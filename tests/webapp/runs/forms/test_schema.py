"""The form follows the engine's registries; nothing here names what is registered today."""

from typing import Annotated, Literal

import pytest
from django.template.loader import render_to_string
from pydantic import BaseModel, Field

from engine.activations import ACTIVATIONS
from engine.heads import HEADS
from engine.initializers import INITIALIZERS
from engine.layers import Dense
from engine.normalise import NORMALISATIONS
from engine.optimizers import OPTIMIZERS
from engine.schedules import SCHEDULES
from engine.spec import Spec
from webapp.runs.forms.fields import Marks, bind, walk
from webapp.runs.forms.layout import LAYOUT, parts_of
from webapp.runs.forms.reading import flatten, nest
from webapp.runs.forms.schema import describe
from webapp.runs.forms.spec_form import ROOT

REGISTRIES = {
    "layers.0.activation": ACTIVATIONS,
    "layers.0.initializer": INITIALIZERS,
    "head": HEADS,
    "optimizer": OPTIMIZERS,
    "normalise": NORMALISATIONS,
    "schedule": SCHEDULES,
}
EVERY_KIND = [(path, kind) for path, registry in REGISTRIES.items() for kind in registry]
START = flatten(Spec(layers=(Dense(),), head="softmax").model_dump(mode="json"))


def shown(path, posted, root=ROOT):
    """The HTML of the top-level field that holds `path`."""
    name = path.partition(".")[0]
    bound = bind(root.fields[name], name, posted, Marks({}))
    return render_to_string("runs/new/part.html", {"bound": bound}), list(walk(bound))


@pytest.mark.parametrize(("path", "kind"), EVERY_KIND)
def test_every_registered_kind_is_offered_with_its_constants_and_help(path, kind):
    html, bounds = shown(path, START | {f"{path}.kind": kind})
    bound = next(bound for bound in bounds if bound.path == path)
    registered = REGISTRIES[path][kind]
    assert {option.value for option in bound.options} == set(REGISTRIES[path])
    assert bound.selected.label == registered.model_config["title"]
    assert bound.selected.help
    constants = set(registered.model_fields) - {"kind"}
    assert {child.path for child in bound.children} == {f"{path}.{name}" for name in constants}
    for child in bound.children:
        written = f'name="{child.path}" value="{child.value}"'
        chosen = f'<option value="{child.value}" selected>'
        assert (chosen if child.options else written) in html
        assert child.field.help


@pytest.mark.parametrize(("path", "kind"), EVERY_KIND)
def test_every_registered_kind_can_be_posted(path, kind):
    values, problems = nest(START | {f"{path}.kind": kind}, ROOT)
    assert problems == {}
    assert Spec.model_validate(values)


def test_every_field_of_the_spec_has_a_place_a_title_and_a_line_of_help():
    placed = [name for part in parts_of(ROOT.fields) for name in part.names]
    assert sorted(placed) == sorted(Spec.model_fields)
    for name in ROOT.fields:
        for bound in walk(bind(ROOT.fields[name], name, START, Marks({}))):
            assert bound.field.title, bound.path
            assert bound.field.help, bound.path


def test_a_field_named_nowhere_appears_among_the_folded_ones():
    last = parts_of([*ROOT.fields, "tomorrow"])[-1]
    assert last.folded
    assert last.names[-1] == "tomorrow"
    assert [part.title for part in parts_of(["epochs"])] == [part.title for part in LAYOUT]


class Plain(BaseModel):
    """Nothing special."""

    kind: Literal["plain"] = "plain"


class Nesterov(BaseModel):
    """A new optimizer that nobody told the form about."""

    kind: Literal["nesterov"] = "nesterov"
    mu: float = Field(0.9, ge=0, lt=1, title="Mu", description="How far it looks ahead.")
    restart: bool = Field(False, title="Restart", description="Start again when the cost rises.")


class NewSpec(BaseModel):
    """A spec of tomorrow."""

    optimizer: Annotated[Plain | Nesterov, Field(discriminator="kind")] = Field(
        default_factory=Plain, title="Optimizer", description="How gradients become steps."
    )


def test_a_newly_registered_kind_appears_by_itself():
    root = describe(NewSpec)
    html, _ = shown("optimizer", {"optimizer.kind": "nesterov"}, root)
    assert '<option value="nesterov" selected>Nesterov</option>' in html
    assert 'name="optimizer.mu" value="0.9"' in html
    assert "How far it looks ahead." in html
    assert '<option value="false" selected>No</option>' in html
    posted = {"optimizer.kind": "nesterov", "optimizer.mu": "0.5", "optimizer.restart": "true"}
    values, problems = nest(posted, root)
    assert problems == {}
    assert NewSpec.model_validate(values).optimizer == Nesterov(mu=0.5, restart=True)


def test_a_kind_of_field_that_no_form_knows_is_said_at_once():
    class Odd(BaseModel):
        anything: dict[str, int] | None = None

    with pytest.raises(TypeError, match="No form field is known"):
        describe(Odd)


def test_the_shape_changes_with_the_controls_and_not_with_the_values():
    def shape(**changes):
        return bind(ROOT.fields["optimizer"], "optimizer", START | changes, Marks({})).shape

    assert shape() == shape(**{"optimizer.beta1": "0.5"})
    assert shape() != shape(**{"optimizer.kind": "momentum"})

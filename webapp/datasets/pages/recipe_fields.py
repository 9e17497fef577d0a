"""Form fields made of a pydantic model: its descriptions are the help lines, its limits the limits.

An empty field is a decision left unset.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from pydantic import BaseModel

from webapp.datasets.pages.comparison import label, word

Schema = Mapping[str, Any]
YES_NO = {"yes": True, "no": False}
UNSET = {"task": "as the target suggests", "kind": "as detected", "use": "automatic"}
LONGEST = 1000


def fields_of(model: type[BaseModel], names: Iterable[str], part: str = "") -> dict[str, forms.Field]:
    """A form field for each of a model's fields; `part` is what the recipe calls the model."""
    schema = model.model_json_schema()
    made = {name: _field(name, schema["properties"][name], schema.get("$defs", {})) for name in names}
    for name, field in made.items():
        field.label = label(name, part) + (", %" if isinstance(field, Percent) else "")
    return made


def initial_of(value: BaseModel, names: Iterable[str]) -> dict[str, Any]:
    """What the fields show for a value of the model."""
    return {name: _shown(getattr(value, name)) for name in names}


def decided(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The decisions of a valid form, those left unset left out."""
    return {name: value for name, value in cleaned.items() if value not in (None, "")}


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{100 * value:.6g}"
    return "" if value is None else value


def _field(name: str, schema: Schema, definitions: Mapping[str, Schema]) -> forms.Field:
    kinds = [_resolved(kind, definitions) for kind in schema.get("anyOf", [schema])]
    optional = any(kind.get("type") == "null" for kind in kinds)
    kind = next(kind for kind in kinds if kind.get("type") != "null")
    given = {"help_text": schema.get("description", ""), "required": not optional}
    unset = [("", UNSET.get(name, "as for all columns"))] if optional else []
    if "enum" in kind:
        return forms.ChoiceField(choices=unset + [(value, word(value)) for value in kind["enum"]], **given)
    match kind["type"]:
        case "boolean":
            choices = [*unset, ("yes", "yes"), ("no", "no")]
            return forms.TypedChoiceField(choices=choices, coerce=YES_NO.__getitem__, **given)
        case "integer":
            return forms.IntegerField(min_value=_least(kind), max_value=_most(kind), **given)
        case "number":
            return Percent(min_value=100 * _least(kind), max_value=100 * _most(kind), **given)
    return forms.CharField(max_length=LONGEST, **(given | {"required": False}))


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    return definitions[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def _least(schema: Schema) -> Any:
    return schema["minimum"]


def _most(schema: Schema) -> Any:
    return schema["maximum"] if "maximum" in schema else schema["exclusiveMaximum"] - 1


class Percent(forms.FloatField):
    """A share, written as a percentage."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(step_size=None, **kwargs)
        self.widget.attrs |= {"step": "any", "inputmode": "decimal"}

    def clean(self, value: Any) -> float | None:
        percent = super().clean(value)
        return None if percent is None else percent / 100

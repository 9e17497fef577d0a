"""What a form has to know of a spec, read from the JSON Schema of its pydantic model.

Whatever the engine registers (an optimizer, an activation, a new constant) shows up here by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A place in the spec: its title and one line of help."""

    title: str
    help: str
    default: Any = None


@dataclass(frozen=True)
class Number(Field):
    """A number; each bound is None when there is none. An optional one may be left empty."""

    whole: bool = False
    optional: bool = False
    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Numbers(Field):
    """Several numbers in one text, with commas between them; or none."""

    item: Number = field(default_factory=lambda: Number("", ""))


@dataclass(frozen=True)
class Options(Field):
    """One text out of several."""

    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group(Field):
    """A model: fields by name, without its `kind`."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    kind: str | None = None


@dataclass(frozen=True)
class Choice(Field):
    """A union: one group out of several, by its kind."""

    kinds: Mapping[str, Group] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows(Field):
    """Any number of the same, in order."""

    item: Field = field(default_factory=lambda: Field("", ""))
    most: int | None = None


class _WithEveryDefault(GenerateJsonSchema):
    """JSON Schema that also tells the defaults made by a factory: a new row starts with them."""

    def get_default_value(self, schema: Any) -> Any:
        if "default_factory" in schema and not schema.get("default_factory_takes_data"):
            return schema["default_factory"]()
        return super().get_default_value(schema)


@cache
def describe(model: type[BaseModel]) -> Group:
    """The fields of `model`, all the way down."""
    schema = model.model_json_schema(schema_generator=_WithEveryDefault)
    return _group(schema, schema.get("$defs", {}))


def _field(schema: Json, definitions: Json) -> Field:
    """The field that `schema` describes. Raises TypeError for a kind of schema no form knows yet."""
    words = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    base = {**schema, **words}
    if optional := _without_null(schema):
        return replace(_field(optional | words, definitions), optional=True)
    common = (base.get("title", ""), base.get("description", ""), base.get("default"))
    if "discriminator" in schema:
        return Choice(*common, kinds=_kinds(schema, definitions))
    if "enum" in schema:
        return Options(*common, labels={value: value for value in schema["enum"]})
    match schema.get("type"):
        case "integer" | "number" as kind:
            return Number(*common, whole=kind == "integer", **_bounds(schema))
        case "boolean":
            return Options(*common, labels={"true": "Yes", "false": "No"})
        case "array":
            item = _field(schema["items"], definitions)
            if isinstance(item, Number):
                return Numbers(*common, item=item)
            return Rows(*common, item=item, most=schema.get("maxItems"))
        case "object":
            return _group(base, definitions)
    raise TypeError(f"No form field is known for {schema}")


def _without_null(schema: Json) -> Json | None:
    """The schema of an optional number without its null; None when it is something else."""
    kinds = schema.get("anyOf", [])
    numbers = [kind for kind in kinds if kind.get("type") in ("integer", "number")]
    return numbers[0] if len(numbers) == 1 and {"type": "null"} in kinds and len(kinds) == 2 else None


def _group(schema: Json, definitions: Json) -> Group:
    properties = schema["properties"]
    fields = {name: _field(part, definitions) for name, part in properties.items() if name != "kind"}
    kind = properties.get("kind", {}).get("const")
    return Group(schema.get("title", ""), schema.get("description", ""), fields=fields, kind=kind)


def _kinds(schema: Json, definitions: Json) -> dict[str, Group]:
    members = [definitions[member["$ref"].rpartition("/")[2]] for member in schema["oneOf"]]
    groups = [_group(member, definitions) for member in members]
    return {group.kind: group for group in groups if group.kind is not None}


def _bounds(schema: Json) -> dict[str, float | None]:
    keys = {
        "above": "exclusiveMinimum",
        "least": "minimum",
        "below": "exclusiveMaximum",
        "most": "maximum",
    }
    return {name: schema.get(key) for name, key in keys.items()}


def steps_into(root: Field, parts: list[str]) -> Iterator[Field]:
    """The fields met on the way from `root` along `parts`; shorter than `parts` when it leads nowhere.

    Inside a choice any kind's constants count, and the kind itself is a part named "kind".
    """
    here: Field | None = root
    for part in parts:
        here = _child(here, part) if here else None
        if here is None:
            return
        yield here


def _child(parent: Field, part: str) -> Field | None:
    match parent:
        case Rows():
            return parent.item if part.isascii() and part.isdigit() else None
        case Choice():
            if part == "kind":
                return parent
            owners = [group.fields[part] for group in parent.kinds.values() if part in group.fields]
            return owners[0] if owners else None
        case Group():
            if part == "kind" and parent.kind:
                return parent
            return parent.fields.get(part)
    return None


def takes_text(root: Field, path: str) -> bool:
    """Whether a text can be written at `path`: at a number, at one of several texts, at a kind."""
    found = find(root, path)
    return isinstance(found, Number | Numbers | Options) or (found is not None and path.endswith(".kind"))


def home(root: Field, path: str) -> str:
    """`path`, but for one number of several the path of their text."""
    owner, _, last = path.rpartition(".")
    return owner if last.isdigit() and isinstance(find(root, owner), Numbers) else path


def find(root: Field, path: str) -> Field | None:
    """The field at the dotted `path`, or None when there is no such place."""
    parts = path.split(".")
    fields = list(steps_into(root, parts))
    return fields[-1] if len(fields) == len(parts) else None

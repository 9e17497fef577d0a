"""The base of everything a spec is made of: frozen, strict about its keys, readable by a form."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _first_paragraph(schema: dict[str, Any]) -> None:
    """Keep the help in the JSON Schema; formula and source stay in the docstring."""
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split("\n\n")[0].split())


class Choice(BaseModel):
    """A frozen value of a spec. Unknown keys are refused, and so are NaN and infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, json_schema_extra=_first_paragraph
    )


def _expand(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


#: Put on a union: a bare ``"relu"`` is read as ``{"kind": "relu"}``.
BARE_STRING = BeforeValidator(_expand)


def registry(union: Any) -> dict[str, type[Any]]:
    """Map ``kind`` to class for every member of an ``Annotated[A | B | ..., ...]`` union."""
    members = get_args(get_args(union)[0])
    return {member.model_fields["kind"].default: member for member in members}

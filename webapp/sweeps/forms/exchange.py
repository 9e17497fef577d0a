"""SPACE.json: a spec and a plan in one file, as the page gives and takes it. `manage.py sweep` reads the same
with `keyboard.py`, which names lines."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import ValidationError

from engine import Spec, problems
from engine.choices import Choice
from webapp.runs.forms.merging import merged
from webapp.runs.forms.numbers import shown
from webapp.sweeps.plan import Plan

LARGEST = 1_000_000  # characters
EXAMPLE = '{"spec": {...}, "plan": {...}}'


class Content(NamedTuple):
    spec: Spec
    plan: Plan


class ContentError(ValueError):
    """A text that is no SPACE.json: `problems` are sentences, each with its place."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def written(spec: Spec, plan: Plan) -> str:
    """The content of the file."""
    content = {"spec": spec.model_dump(mode="json"), "plan": plan.model_dump(mode="json")}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read(text: str, base: Spec) -> Content:
    """What a file says: ranges alone, or parts of a spec, which `base` completes, and of a plan.
    Raises ContentError."""
    content = _parsed(text)
    if not isinstance(content, dict):
        raise ContentError(f"The file holds {_kind(content)}, but has to be an object: {EXAMPLE}.")
    if not set(content) & {"spec", "plan"}:
        content = {"plan": {"space": content}}
    if unknown := [name for name in content if name not in ("spec", "plan")]:
        raise ContentError(
            f"“{shown(unknown[0])}” stands beside “spec” and “plan”: move it into one of them, or remove it."
        )
    spec, plan = content.get("spec", {}), content.get("plan", {})
    whole = merged(base.model_dump(mode="json"), spec) if isinstance(spec, dict) else spec
    return Content(_valid(Spec, whole, "spec"), _valid(Plan, _spelt_out(plan), "plan"))


def _spelt_out(plan: Any) -> Any:
    """A plan whose ranges may stand in `space` itself."""
    space = plan.get("space") if isinstance(plan, dict) else None
    bare = isinstance(space, dict) and "dimensions" not in space
    return plan | {"space": {"dimensions": space}} if bare else plan


def _parsed(text: str) -> Any:
    if not text.strip():
        raise ContentError("Nothing was given: choose a file, or paste its content.")
    if len(text) > LARGEST:
        raise ContentError(f"This is too long: a space has at most {LARGEST:,} characters.")
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ContentError(
            f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}. "
            "Mend that place, or download a space from here and change it."
        ) from error
    except (RecursionError, ValueError) as error:
        raise ContentError(f"This is not JSON that can be read here: {error}.") from error


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _kind(content: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(content), "a number")


def _valid(model: type[Choice], content: object, name: str) -> Any:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = [
            (f"{name}.{each.field}" if each.field else name, each.message) for each in problems(error, model)
        ]
        raise ContentError(*(f"{path}: {message}" for path, message in found[:8])) from error

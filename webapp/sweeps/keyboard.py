"""What a person writes into SPACE.json: ranges alone, or parts of a spec and of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from engine import problems
from webapp.runs.keyboard.documents import Document
from webapp.sweeps.plan import Plan

PARTS = ("spec", "plan")


def content_of(document: Document) -> tuple[Any, Any]:
    """What the file changes in the default preset's spec, and its plan."""
    content = document.content
    if not any(name in content for name in PARTS):
        return {}, {"space": content}
    if others := [name for name in content if name not in PARTS]:
        text = "Beside “spec” and “plan” there is nothing else: move it into one of them, or remove it."
        raise document.refusal(dict.fromkeys(others, text))
    return tuple(content.get(name, {}) for name in PARTS)


def plan_for(document: Document, content: Any, given: Mapping[str, Any]) -> Plan:
    """The plan in a file, with what is given beside it. `space` may leave out its `dimensions`."""
    if isinstance(content, dict):
        space = content.get("space", {})
        if isinstance(space, dict) and "dimensions" not in space:
            content = content | {"space": {"dimensions": space}}
        content = content | given
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        raise document.refusal(dict(problems(error, Plan)), in_the_plan, given) from None


def in_the_spec(path: str) -> Sequence[str]:
    """How a file may spell a path of the spec."""
    return (f"spec.{path}" if path else "spec",)


def in_the_plan(path: str) -> Sequence[str]:
    """How a file may spell a path of the plan: ranges stand in `space.dimensions`, in `space`, or alone."""
    place, _, below = path.partition(".")
    if place != "space" or not below:
        return (f"plan.{path}" if path else "plan",)
    below = below.removeprefix("dimensions.")
    return f"plan.space.dimensions.{below}", f"plan.space.{below}", below

"""A configuration of which a file or a form says only what differs."""

from collections.abc import Mapping
from typing import Any


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes`: constants of the same choice are changed one by one, another choice replaces."""
    result = dict(base)
    for name, value in changes.items():
        known = base.get(name)
        same = isinstance(known, Mapping) and isinstance(value, Mapping)
        if same and value.get("kind", known.get("kind")) == known.get("kind"):
            value = merged(known, value)
        result[name] = value
    return result

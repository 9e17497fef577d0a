"""Commands in words, as the log and the markers on the charts say them."""

import json
from collections.abc import Mapping
from typing import Any

from engine import Spec
from webapp.runs.forms.numbers import write
from webapp.runs.forms.schema import describe, find
from webapp.runs.models import Command

Kind = Command.Kind
ROOT = describe(Spec)
PLAIN = {
    Kind.STOP: "Stopped",
    Kind.STOP_AFTER_EPOCH: "Stopped after the epoch",
    Kind.PAUSE: "Paused",
    Kind.RESUME: "Resumed",
    Kind.CHECKPOINT: "Checkpoint",
    Kind.KEEP: "Checkpoints kept otherwise",
}


def in_words(command: Command, steps: Mapping[int, int] | None = None) -> str:
    """`Learning rate 0.01 → 0.001`: what changed. `steps` are those of checkpoints, by key."""
    match command.kind:
        case Kind.CHANGE:
            return "; ".join(
                f"{name_of(path)} {arrow(command.before.get(path, ...), value)}"
                for path, value in command.values.items()
            )
        case Kind.EXTEND:
            epochs = command.values["epochs"]
            return f"Extended by {epochs:,} epoch{'' if epochs == 1 else 's'}"
        case Kind.REWIND:
            step = (steps or {}).get(command.values["checkpoint"])
            return "Went back to a checkpoint" if step is None else f"Went back to step {step:,}"
    return PLAIN[Kind(command.kind)]


def place(command: Command) -> str:
    """`from step 1,235` of a change, which holds from the next step on; `after step 1,234` of all else."""
    step = command.step or 1
    return f"from step {step:,}" if command.kind == Kind.CHANGE else f"after step {step - 1:,}"


def name_of(path: str) -> str:
    """`layers.0.keep_prob` -> `Layer 1 keep prob`, with the titles of the form."""
    field = find(ROOT, path)
    title = field.title if field is not None else path
    parts = path.split(".")
    if parts[0] == "layers" and len(parts) > 1:
        return f"Layer {int(parts[1]) + 1}: {title.lower()}"
    return title


def arrow(before: Any, after: Any) -> str:
    """`0.01 → 0.001`; without a value before, `to 0.001`."""
    return f"to {short(after)}" if before is ... else f"{short(before)} → {short(after)}"


def short(value: Any) -> str:
    """A value of a spec in few letters."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return write(value)
        case dict():
            constants = ", ".join(
                f"{plain(name)} {short(part)}" for name, part in value.items() if name != "kind"
            )
            kind = plain(str(value.get("kind", "")))
            return f"{kind} ({constants})" if constants else kind
        case list():
            return ", ".join(short(part) for part in value) or "none"
    return plain(value) if isinstance(value, str) else json.dumps(value)


def plain(name: str) -> str:
    """`dev_cost` -> `dev cost`."""
    return name.replace("_", " ")

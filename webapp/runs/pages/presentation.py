"""A run's figures as people read them: the same words in the page as it loads and in every live message."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from engine import Spec
from webapp.runs.cockpit.wording import short
from webapp.runs.forms.numbers import rough
from webapp.runs.models import Run
from webapp.runs.pages.standing import standing, word

ABSENT = "–"


def strip(run: Run) -> dict[str, str]:
    """The texts of the run page's strip, by the name of their place in it."""
    return {**figures(run), **standing(run)._asdict()}


def figures(run: Run) -> dict[str, str]:
    """How far the run is and how well it does."""
    return {
        "state": word(run),
        "epoch": f"{run.epoch:,} of {run.spec['epochs']:,}",
        "step": f"{run.step:,} of {run.n_steps:,}" if run.n_steps else ABSENT,
        "progress": f"{run.progress:.4f}",
        "speed": speed(run.samples_per_second),
        "train_error": error(run, run.train_error),
        "dev_error": error(run, run.dev_error),
        "best_dev_error": error(run, run.best_dev_error),
        "time_left": time_left(run),
    }


def seal(run: Run) -> dict[str, Any]:
    """What the page says of the test part: sealed until somebody opened it for this run."""
    openings = list(run.openings.select_related("who"))
    return {
        "error": error(run, run.test_error) if openings else "",
        "openings": openings,
        "spent": run.spent,
        "is_closed": run.test_error is not None and not openings,
    }


def written(value: object, choices: Mapping[str, str] = {}) -> str:
    """A value of a spec at a glance: 4,096, 0.0332065, yes, or the title of a choice."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return rough(value)  # those that were drawn at random have sixteen digits
    return f"{value:,}" if isinstance(value, int) else choices.get(str(value), str(value))


def time_left(run: Run) -> str:
    """How long a live run still takes, or what it waits for."""
    if run.state == Run.State.QUEUED:
        return "waits for a worker"
    return duration(run.seconds_left) if run.is_live else ABSENT


def error(run: Run, value: float | None) -> str:
    """A share of examples in percent; for regression, the root mean squared error in the target's unit."""
    if value is None:
        return ABSENT
    return f"{value:.4g}" if run.version.task == "regression" else f"{value:.2%}".replace("%", " %")


def speed(samples_per_second: float | None) -> str:
    """Examples per second, short enough for one line of a narrow page: 1234567.0 -> "1.2 M"."""
    if not samples_per_second:
        return ABSENT
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if samples_per_second >= size:
            return f"{samples_per_second / size:.1f}{unit}"
    return f"{samples_per_second:.0f}"


def duration(seconds: float | None) -> str:
    """75.2 -> "1 min 15 s"; the two largest units."""
    if seconds is None:
        return ABSENT
    whole = round(seconds)
    for size, unit, smaller, lesser in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller} {lesser}"
    return f"{whole} s"


def summary(run: Run) -> list[tuple[str, str]]:
    """The spec in a few lines, label and value, for a glance."""
    spec = run.configuration
    layers = " → ".join(f"{layer.units} {title(layer.activation)}" for layer in spec.layers)
    return [
        ("Hidden layers", layers),
        ("Head", title(spec.head)),
        ("Initialisation", ", ".join(dict.fromkeys(title(layer.initializer) for layer in spec.layers))),
        ("Optimizer", with_constants(spec.optimizer)),
        ("Learning rate", rough(spec.learning_rate)),
        ("Batch size", f"{spec.batch_size:,}"),
        ("Epochs", f"{spec.epochs:,}"),
        ("Schedule", with_constants(spec.schedule)),
        ("Early stopping", with_constants(spec.early_stopping)),
        ("Regularisation", regularisation(spec)),
        (
            "Examples",
            f"{run.version.n_train:,} train, {run.version.n_dev:,} dev, {run.version.n_test:,} test",
        ),
        ("Input normalisation", with_constants(spec.normalise)),
        ("Augmentations", " → ".join(map(with_constants, spec.augmentations)) or "None"),
        ("Seed", str(spec.seed)),
        ("Precision", spec.precision),
    ]


def regularisation(spec: Spec) -> str:
    """What keeps the network from learning by heart, and its steps in bounds; `None` when nothing does."""
    bounds = {"L2": spec.l2, "L1": spec.l1, "max-norm": spec.max_norm}
    bounds |= {"clip norm": spec.clip_norm, "clip value": spec.clip_value}
    kept = {"inputs": spec.input_keep_prob}
    kept |= {f"layer {number}": layer.keep_prob for number, layer in enumerate(spec.layers, 1)}
    words = [f"{name} {rough(value)}" for name, value in bounds.items() if value]
    words += [f"keep {rough(share)} of {name}" for name, share in kept.items() if share < 1]
    return ", ".join(words) or "None"


def title(choice: BaseModel) -> str:
    """A choice as the form calls it: `squared_error` -> "Squared error"."""
    return str(choice.model_config.get("title", type(choice).__name__))


def with_constants(choice: BaseModel) -> str:
    """`Adam (beta 1 0.9, beta 2 0.999)`: a choice and its constants in words."""
    fields = type(choice).model_fields
    constants = ", ".join(
        f"{(fields[name].title or name).lower()} {rough(value) if isinstance(value, float) else short(value)}"
        for name, value in choice.model_dump(mode="json", exclude={"kind"}).items()
    )
    return f"{title(choice)} ({constants})" if constants else title(choice)

"""The range that suits a value, before anybody has said another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from engine import Spec
from engine.layers import MAX_UNITS
from engine.optimizers import OPTIMIZERS
from webapp.datasets.models import Version
from webapp.datasets.preparation import heads_for
from webapp.runs.forms import numbers
from webapp.runs.forms.schema import Choice, Field, Number, Options
from webapp.sweeps import space
from webapp.sweeps.space import Bounded, Distribution

from .places import OF_A_LAYER, field_at
from .texts import ADAPTER, takes

#: A range of one of these names, wherever it stands.
USUAL: Mapping[str, Distribution] = {
    "l2": space.LogUniform(low=0.001, high=10),
    "l1": space.LogUniform(low=0.0001, high=1),
    "weight_decay": space.LogUniform(low=0.0001, high=0.1),
    "beta": space.OneMinusLog(low=0.9, high=0.999),
    "beta1": space.OneMinusLog(low=0.9, high=0.999),
    "beta2": space.OneMinusLog(low=0.9, high=0.9999),
    "momentum": space.OneMinusLog(low=0.9, high=0.999),
    "rate": space.OneMinusLog(low=0.9, high=0.999),
    "keep_prob": space.Uniform(low=0.5, high=1),
    "input_keep_prob": space.Uniform(low=0.8, high=1),
    "label_smoothing": space.Uniform(low=0, high=0.2),
    "max_norm": space.Uniform(low=1, high=5),
    "seed": space.Integers(low=0, high=99),
}
#: Of many kinds those that are worth a try first.
WORTH = frozenset(
    {"relu", "tanh", "leaky_relu", "elu", "adam", "momentum", "rmsprop", "auto", "he", "xavier"}
    | {"constant", "exponential", "cosine", "standardise", "min_max"}
)
ALL_TICKED = 3  # kinds, up to which all of them are suggested


def suggested(path: str, version: Version, spec: Spec | None, texts: Sequence[str]) -> Distribution:
    """A range for the value at `path`, around what is written there now: one text, or one of each layer."""
    field = field_at(path)
    if isinstance(field, Choice | Options):
        return _of_options(path, field, version, texts)
    assert isinstance(field, Number)
    usual = _usual(path, field, version, spec, texts)
    return _holding(usual, [numbers.parse(text, field) for text in texts if takes(field, text)])


def _usual(
    path: str, field: Number, version: Version, spec: Spec | None, texts: Sequence[str]
) -> Distribution:
    """What suits the name, or else the value."""
    name = path.rpartition(".")[2]
    if name in SPECIAL and not OF_A_LAYER.fullmatch(path):
        return SPECIAL[name](version, spec)
    if name in USUAL:
        return USUAL[name]
    return _around(field, number_in(texts[0]) if texts else None)


def _holding(known: Distribution, values: Sequence[float]) -> Distribution:
    """The same range, its ends moved out to `values`; whole numbers may need another scale for that. Only a
    zero that has no logarithm stays outside."""
    missing = [value for value in values if not known.holds(value)]
    if not missing or not isinstance(known, Bounded):
        return known
    ends = {"low": min(known.low, *missing), "high": max(known.high, *missing)}
    scales = [known.model_dump()]
    if isinstance(known, space.Integers | space.PowersOfTwo):
        scales += [{"kind": "integers", "log": True}, {"kind": "integers"}]
    wider = (_range_of(scale | ends) for scale in scales)
    return next((each for each in wider if each and all(map(each.holds, values))), known)


def _range_of(content: dict[str, Any]) -> Distribution | None:
    """None when its scale has no such ends."""
    try:
        return ADAPTER.validate_python(content)
    except ValidationError:
        return None


def _of_options(path: str, field: Field, version: Version, texts: Sequence[str]) -> Distribution:
    options = options_of(path, version)
    ticked = options
    if isinstance(field, Choice) and len(options) > ALL_TICKED:
        ticked = [kind for kind in options if kind in WORTH or kind in texts]
    return space.Options.model_construct(kind="options", options=tuple(ticked))


def options_of(path: str, version: Version) -> list[bool | str]:
    """Every value that a choice can have with this dataset."""
    field = field_at(path)
    if isinstance(field, Choice):
        return [kind for kind in field.kinds if path != "head.kind" or kind in heads_for(version.task)]
    labels = list(field.labels) if isinstance(field, Options) else []
    return [label == "true" for label in labels] if set(labels) == {"true", "false"} else list(labels)


def _of_learning_rate(version: Version, spec: Spec | None) -> Distribution:
    """What is usual with the optimizer."""
    rates = OPTIMIZERS[spec.optimizer.kind if spec else "adam"].usual_rates
    return space.LogUniform(low=rates.low, high=rates.high)


def _of_batch_size(version: Version, spec: Spec | None) -> Distribution:
    """16 to 256, as far as the training part goes."""
    largest = max(2, min(256, 1 << (max(1, version.n_train).bit_length() - 1)))
    return space.PowersOfTwo(low=min(16, largest // 2), high=largest)


def _of_count(version: Version, spec: Spec | None) -> Distribution:
    layers = len(spec.layers) if spec else 1
    return space.Integers(low=1, high=min(64, layers + 2))


def _of_units(version: Version, spec: Spec | None) -> Distribution:
    """From a quarter of the narrowest layer to twice the widest."""
    widths = [layer.units for layer in spec.layers] if spec else [32]
    return space.Integers(
        low=max(4, min(widths) // 4), high=min(MAX_UNITS, max(8, 2 * max(widths))), log=True
    )


SPECIAL: dict[str, Callable[[Version, Spec | None], Distribution]] = {
    "learning_rate": _of_learning_rate,
    "batch_size": _of_batch_size,
    "count": _of_count,
    "units": _of_units,
}


def number_in(text: str) -> float | None:
    """The number written in `text`, None when it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _around(field: Number, value: float | None) -> Distribution:
    """A quarter to four times a whole number, half to twice a share, a tenth to ten times another one."""
    least = next((bound for bound in (field.least, field.above) if bound is not None), 0)
    most = next((bound for bound in (field.most, field.below) if bound is not None), float("inf"))
    if field.whole:
        middle = int(value or 8)
        low, high = max(int(least), middle // 4), int(min(most, middle * 4))
        return space.Integers(low=max(low, 1), high=max(high, low + 2), log=middle >= 8)
    if most <= 1:
        middle = value or 0.1
        below = most if field.most is not None else 0.99
        low, high = max(least, middle / 2), min(below, middle * 2)
        return space.Uniform(low=_short(low), high=_short(max(high, low * 1.5)))
    middle = value if value and value > 0 else 1.0
    return space.LogUniform(low=max(least, _short(middle / 10)), high=min(most, _short(middle * 10)))


def _short(value: float) -> float:
    return float(f"{value:.6g}")

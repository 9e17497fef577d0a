"""Problems: a refused spec explained to a person: which field, what the limit is, how to mend it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from .activations import ACTIVATIONS
from .augmentations import AUGMENTATIONS
from .batch_norm import BatchNorm
from .choices import Choice
from .early_stopping import EARLY_STOPPING
from .heads import HEADS
from .initializers import INITIALIZERS
from .layers import LAYERS
from .normalise import NORMALISATIONS
from .optimizers import OPTIMIZERS
from .schedules import SCHEDULES
from .spec import Spec
from .splits import Split

_REGISTRIES: tuple[dict[str, type[Any]], ...] = (
    ACTIVATIONS,
    AUGMENTATIONS,
    EARLY_STOPPING,
    HEADS,
    INITIALIZERS,
    LAYERS,
    NORMALISATIONS,
    OPTIMIZERS,
    SCHEDULES,
)


class Problem(NamedTuple):
    """``field`` is a path into the spec, such as ``layers.0.units``; empty for the spec itself."""

    field: str
    message: str


def problems(error: ValidationError, model: type[Choice] = Spec) -> list[Problem]:
    """Every problem pydantic found in a spec, or in another ``model``, in plain words."""
    return [_problem(details, model) for details in error.errors(include_url=False)]


def _problem(details: Any, model: type[Choice]) -> Problem:
    path = _path(details["loc"], model)
    names = [part for part in path if not part.isdigit()]
    unknown = details["type"] == "extra_forbidden"
    titles = {} if unknown else _titles(model)
    title = titles.get(names[-1], names[-1]) if names else f"The {model.__name__.lower()}"
    return Problem(".".join(path), _message(details, title))


def _path(places: tuple[str | int, ...], model: type[Choice]) -> list[str]:
    """The path of fields. Inside a union pydantic adds the chosen kind; a form knows only the fields."""
    path: list[str] = []
    here: Any = model
    for place in places:
        if isinstance(here, dict) and place in here:
            here = here[place]
            continue
        path.append(str(place))
        if isinstance(here, type) and issubclass(here, Choice) and place in here.model_fields:
            here = _models(here.model_fields[str(place)].annotation)
    return path


def _models(annotation: Any) -> Any:
    """The model that a field holds one or several of, or a union's models by kind; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Choice):
        return annotation
    models: list[Any] = [_models(part) for part in get_args(annotation)]
    found = [model for model in models if model is not None]
    if len(found) > 1:
        return {model.model_fields["kind"].default: model for model in found}
    return found[0] if found else None


def _message(details: Any, title: str) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    template = _MESSAGES.get(details["type"])
    if template is None:
        return f"{title}: {details['msg']}."
    shown = repr(details["input"])
    limits = {name: _number(value) for name, value in details.get("ctx", {}).items()}
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    return template.format(title=title, input=shown, **limits)


def _number(limit: object) -> object:
    return f"{limit:g}" if isinstance(limit, float) else f"{limit:,}" if isinstance(limit, int) else limit


_WHOLE = "{title} must be a whole number, but is {input}."
_NUMBER = "{title} must be a number, but is {input}."
_MESSAGES = {
    "greater_than": "{title} must be greater than {gt}, but is {input}.",
    "greater_than_equal": "{title} must be at least {ge}, but is {input}.",
    "less_than": "{title} must be less than {lt}, but is {input}.",
    "less_than_equal": "{title} must be at most {le}, but is {input}.",
    "finite_number": "{title} must be an ordinary number, not {input}.",
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "missing": "{title} is missing: fill it in.",
    "extra_forbidden": "There is no setting called {title!r}: remove it.",
    "literal_error": "{title} must be {expected}, but is {input}.",
    "union_tag_invalid": "{title}: there is no {tag!r}. Choose one of {expected_tags}.",
    "union_tag_not_found": "{title}: its kind is missing. Give it as {{'kind': ...}}.",
    "too_short": "{title} must hold at least {min_length}, but holds {actual_length}. Add some.",
    "too_long": "{title}: at most {max_length} are possible, not {actual_length}. Remove some.",
    "bool_parsing": "{title} must be true or false, but is {input}.",
    "bool_type": "{title} must be true or false, but is {input}.",
    "tuple_type": "{title} must be a list, but is {input}.",
    "model_type": "{title} must be an object, but is {input}.",
    "model_attributes_type": "{title} must be an object with a kind, but is {input}.",
    "json_invalid": "This is not valid JSON: {error}.",
}


@lru_cache(maxsize=4)
def _titles(model: type[Choice]) -> dict[str, str]:
    """Titles of all fields by name; those of ``model`` and what it holds take precedence."""
    models: list[type[Choice]] = [m for registry in _REGISTRIES for m in registry.values()]
    models += [BatchNorm, Split, Spec, *_below(model)]
    return {name: field.title or name for each in models for name, field in each.model_fields.items()}


def _below(model: type[Choice]) -> list[type[Choice]]:
    """The models that a model holds, however deep, and last itself."""
    found = [_models(field.annotation) for field in model.model_fields.values()]
    held = [each for one in found if one for each in (one.values() if isinstance(one, dict) else [one])]
    return [*(deep for each in held for deep in _below(each)), model]

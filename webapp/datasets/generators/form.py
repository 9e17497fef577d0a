"""A generator's knobs as a form, made from the fields of its class: limits are written once."""

from typing import Any

from annotated_types import Ge, Le, Lt
from django import forms

from webapp.datasets.generators.base import Generator, knob_names


class GeneratorForm(forms.Form):
    """The knobs of one generator; what is not sent has its default."""

    def __init__(self, generator: type[Generator], data: Any = None) -> None:
        self.generator = generator
        defaults = {name: field.default for name, field in generator.model_fields.items()}
        data = None if data is None else {name: data.get(name, defaults[name]) for name in defaults}
        super().__init__(data, auto_id=f"{generator.kind}-%s", initial=defaults)
        for name in knob_names(generator):
            self.fields[name] = _field(generator, name)

    @property
    def made(self) -> Generator:
        """The generator with the knobs as they were set; for a valid form."""
        return self.generator.model_validate(self.cleaned_data)


def _field(generator: type[Generator], name: str) -> forms.Field:
    about = generator.model_fields[name]
    low = next(limit.ge for limit in about.metadata if isinstance(limit, Ge))
    high = next(
        limit.le if isinstance(limit, Le) else limit.lt - 1
        for limit in about.metadata
        if isinstance(limit, Le | Lt)
    )
    is_whole = about.annotation is int
    between = (
        f"{about.title} must be {'a whole number' if is_whole else 'a number'} from {low:,} to {high:,}."
    )
    errors = dict.fromkeys(("required", "invalid", "min_value", "max_value"), between)
    kind = forms.IntegerField if is_whole else forms.FloatField
    # A text field: a browser empties a number field that holds no number, and the reason with it
    widget = forms.TextInput(
        attrs={
            "inputmode": "numeric" if is_whole else "decimal",
            "autocomplete": "off",
            "spellcheck": "false",
        }
    )
    return kind(label=about.title, min_value=low, max_value=high, error_messages=errors, widget=widget)

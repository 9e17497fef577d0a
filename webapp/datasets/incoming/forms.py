"""What people tell about a table that comes in."""

import json
from pathlib import Path
from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from pydantic import TypeAdapter, ValidationError

from webapp.datasets.readers.options import MAX_SIDE, Options
from webapp.datasets.recipe import Recipe
from webapp.datasets.refusal import Refusal

MAX_PASTED = 1 << 20  # bytes
CLASSES = "ABCDEF"
MIN_POINTS, MAX_POINTS = 10, 5000


class StartForm(forms.Form):
    """A file to come."""

    file_name = forms.CharField(max_length=1000)
    size = forms.IntegerField()


class FirstRecipe(forms.Form):
    """What to call a dataset and what to predict, both optional."""

    name = forms.CharField(max_length=200, required=False)
    target = forms.CharField(max_length=200, required=False)

    @property
    def recipe(self) -> Recipe:
        """The first version's."""
        target = self.cleaned_data["target"]
        return Recipe(reading=self.reading, targets=(target,) if target else ())

    @property
    def reading(self) -> Options:
        return Options()

    def refuse(self, refusal: Refusal, field: str) -> None:
        """Show a refusal at its field, or at `field` when it is about the whole."""
        self.add_error(refusal.field if refusal.field in self.fields else field, str(refusal))


class FinishForm(FirstRecipe):
    """A file that has arrived, and how to read it where the usual way does not suit."""

    side = forms.IntegerField(min_value=1, max_value=MAX_SIDE, required=False)
    colour = forms.ChoiceField(choices=[(c, c) for c in ("auto", "grey", "rgb")], required=False)
    inputs = forms.CharField(max_length=200, required=False)
    answers = forms.CharField(max_length=200, required=False)
    sheet = forms.CharField(max_length=200, required=False)

    @property
    def reading(self) -> Options:
        names = Options.model_fields
        return Options(**{name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)})


class PasteForm(FirstRecipe):
    """A table as text."""

    text = forms.CharField(strip=False, error_messages={"required": "Paste a table first."})

    def clean_text(self) -> str:
        """The text without the blank lines around it."""
        text: str = self.cleaned_data["text"].strip("\r\n")
        size = len(text.encode())
        if not text:
            raise forms.ValidationError("Paste a table first.")
        if size > MAX_PASTED:
            limit = filesizeformat(MAX_PASTED)
            raise forms.ValidationError(
                f"This text has {filesizeformat(size)}; at most {limit} can be pasted. "
                "Save it as a file and upload that."
            )
        return text

    @property
    def file_name(self) -> str:
        head = self.cleaned_data["text"].split("\n", 1)[0]
        return f"{self.cleaned_data['name'] or 'Pasted table'}.{'tsv' if chr(9) in head else 'csv'}"

    def write(self, path: Path) -> None:
        """Write the text as a file."""
        path.write_text(self.cleaned_data["text"] + "\n", encoding="utf-8", newline="")


Point = tuple[float, float, int]
POINTS = TypeAdapter(list[Point])


class DrawForm(forms.Form):
    """Points drawn by hand: a JSON list of [x1, x2, number of the class], x1 and x2 from -1 to 1."""

    name = forms.CharField(max_length=200, required=False)
    points = forms.CharField(error_messages={"required": "Draw some points first."}, widget=forms.HiddenInput)

    def clean_points(self) -> list[Point]:
        """The points, if there are enough of them and of at least two classes."""
        points = _points(self.cleaned_data["points"])
        if not MIN_POINTS <= len(points) <= MAX_POINTS:
            raise forms.ValidationError(
                f"These are {len(points):,} points; draw at least {MIN_POINTS} and at most {MAX_POINTS:,}."
            )
        if len({code for _, _, code in points}) < 2:
            raise forms.ValidationError(
                "All points are of one class: there is nothing to tell apart. Add some of another class."
            )
        return points

    def write(self, path: Path) -> None:
        """Write the points as a CSV file."""
        lines = (f"{x:.4f},{y:.4f},{CLASSES[code]}\n" for x, y, code in self.cleaned_data["points"])
        path.write_text("x1,x2,label\n" + "".join(lines))


def _points(text: str) -> list[Point]:
    try:
        points = POINTS.validate_python(json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError, ValidationError):
        points = None
    if points is None or not all(_is_inside(point) for point in points):
        raise forms.ValidationError("These points cannot be read. Draw them again.")
    return points


def _no_number(_name: str) -> Any:
    raise ValueError("NaN and infinity are no places in a plane")


def _is_inside(point: Point) -> bool:
    x, y, code = point
    return abs(x) <= 1 and abs(y) <= 1 and 0 <= code < len(CLASSES)

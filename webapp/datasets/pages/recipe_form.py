"""The form in which a person edits a recipe: a version's columns, and what is decided about them."""

import json
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from pydantic import TypeAdapter, ValidationError

from webapp.datasets.making import targets
from webapp.datasets.models import Version
from webapp.datasets.pages.column_listing import Column, ColumnListing
from webapp.datasets.pages.recipe_fields import decided, fields_of, initial_of
from webapp.datasets.readers.options import Options
from webapp.datasets.recipe import ColumnRecipe, Recipe, SplitRecipe
from webapp.datasets.refusal import Refusal
from webapp.datasets.splitting import recommended

GENERAL = ("task", "missing", "indicator", "encoding", "rare", "buckets")
SPLIT = tuple(SplitRecipe.model_fields)
OF_COLUMN = tuple(ColumnRecipe.model_fields)
MORE_TARGETS = 3
SELECTED = mark_safe(" selected")
MAX_TARGETS = 200
NO_COLUMN = "There is no column “{}”."
DRAFT = TypeAdapter(dict[str, ColumnRecipe])


class Row:
    """One column of the table: what is known of it, and a select for each decision."""

    def __init__(self, number: int, column: Column, own: ColumnRecipe, form: "RecipeForm") -> None:
        self.number, self.column, self.own, self.form = number, column, own, form

    @property
    def selects(self) -> list[dict[str, Any]]:
        shown = initial_of(self.own, OF_COLUMN)
        return [
            {
                "name": f"c{self.number}-{name}",
                "title": field.label,
                "value": shown[name],
                "options": self.form.options(name, shown[name]),
            }
            for name, field in self.form.fields.items()
        ]

    @property
    def is_changed(self) -> bool:
        return self.own != ColumnRecipe()


class RecipeForm:
    """A recipe as it stands in the database, or as it was posted.

    Only a page of the columns is on the screen; the decisions about all others travel in the field `draft`.
    `base` tells which columns there are; its recipe is what the form begins with, unless another is given.
    """

    def __init__(
        self, base: Version, recipe: Recipe, reading: tuple[str, ...] = (), posted: QueryDict | None = None
    ) -> None:
        self.base, self.before, self.posted = base, recipe, posted
        self.errors: dict[str, list[str]] = {}
        self._options: dict[tuple[str, str], str] = {}
        self.listing = ColumnListing(base.columns, posted or QueryDict())
        self.number_of = {column["name"]: number for number, column in enumerate(base.columns)}
        self.fields = fields_of(ColumnRecipe, OF_COLUMN)
        self.columns = self._columns()
        self.targets = self._targets()
        self.general = self._form("", Recipe, GENERAL, recipe)
        self.split = self._form("split", SplitRecipe, SPLIT, recipe.split)
        self.split.fields["column"].widget.attrs["list"] = "column-names"
        dev, test, _ = recommended(base.n_rows)
        for name, share in (("dev", dev), ("test", test)):
            self.split.fields[name].widget.attrs["placeholder"] = f"{100 * share:.2g}"
        self.reading = self._form("reading", Options, reading, recipe.reading)

    def _form(self, prefix: str, model: Any, names: tuple[str, ...], value: Any) -> forms.Form:
        made = type("ModelForm", (forms.Form,), fields_of(model, names, prefix))
        return made(self.posted, prefix=prefix or None, initial=initial_of(value, names))

    def _columns(self) -> dict[str, ColumnRecipe]:
        """The decisions about single columns: the draft's, and over them those of the rows posted."""
        if self.posted is None:
            return dict(self.before.columns)
        try:
            draft = DRAFT.validate_json(self.posted.get("draft") or "{}")
        except ValidationError:
            draft = {}
            self._refuse("columns", "The decisions about columns could not be read. Load this page again.")
        draft = {name: own for name, own in draft.items() if name in self.number_of}
        for name, number in self.number_of.items():
            if f"c{number}-kind" in self.posted:
                draft[name] = self._row_posted(name, number)
        return {name: own for name, own in draft.items() if own != ColumnRecipe()}

    def _row_posted(self, name: str, number: int) -> ColumnRecipe:
        decisions = {}
        for field, one in self.fields.items():
            try:
                value = one.clean(self.posted.get(f"c{number}-{field}", ""))
                decisions[field] = None if value == "" else value
            except forms.ValidationError as error:
                self._refuse("columns", f"Column “{name}”: {' '.join(error.messages)}")
        return ColumnRecipe(**decisions)

    def _targets(self) -> tuple[str, ...]:
        if self.posted is None:
            return self.before.targets or tuple(self.base.targets)
        named = [name if name in self.number_of else name.strip() for name in self.posted.getlist("target")]
        return tuple(dict.fromkeys(filter(None, named)))

    @property
    def target_inputs(self) -> list[tuple[str, bool]]:
        """What the fields for targets show: those there are, and an empty one, or more where asked for.

        With each goes whether it has to be mended.
        """
        spare = 1
        if self.posted is not None and self.posted.get("action") == "target":
            spare = len(self.posted.getlist("target")) - len(self.targets) + MORE_TARGETS
        shown = [*self.targets, *[""] * max(1, min(spare, MAX_TARGETS))]
        wrong = self.errors.get("target", [])
        return [(name, any(f"“{name}”" in message for message in wrong)) for name in shown]

    @property
    def headings(self) -> list[forms.Field]:
        """The fields of the table of columns: their labels and help lines."""
        return list(self.fields.values())

    @property
    def problems(self) -> list[str]:
        """Everything that has to be mended, wherever on the page its field is."""
        found = [f"{form.fields[name].label}: {message}" for form in (self.general, self.split, self.reading)
                 for name, messages in form.errors.items() for message in messages]  # fmt: skip
        return found + [message for name in ("target", "columns") for message in self.errors.get(name, [])]

    @cached_property
    def rows(self) -> list[Row]:
        """The page of columns on the screen."""
        return [
            Row(
                self.number_of[column["name"]], column, self.columns.get(column["name"], ColumnRecipe()), self
            )
            for column in self.listing.page
        ]

    def options(self, name: str, value: str) -> str:
        """The options of a select as HTML. A page has hundreds of selects, and few that differ."""
        if (name, value) not in self._options:
            self._options[name, value] = format_html_join(
                "",
                '<option value="{}"{}>{}</option>',
                ((key, SELECTED if key == value else "", title) for key, title in self.fields[name].choices),
            )
        return self._options[name, value]

    @property
    def draft(self) -> str:
        """The decisions about columns that are not on the screen."""
        shown = {row.column["name"] for row in self.rows}
        return json.dumps(
            {
                name: own.model_dump(mode="json", exclude_none=True)
                for name, own in self.columns.items()
                if name not in shown
            }
        )

    @cached_property
    def recipe(self) -> Recipe | None:
        """The recipe as it was posted, None while something is wrong with it; `errors` say what."""
        parts = (self.general, self.split, self.reading)
        if not all(part.is_valid() for part in parts):
            return None
        split = decided(self.split.cleaned_data)
        if split["kind"] == "random":
            split.pop("column", None)
        untouched = not self.before.targets and self.targets == tuple(self.base.targets)
        recipe = Recipe(
            **decided(self.general.cleaned_data),
            split=SplitRecipe(**split),
            reading=Options(**self._others_of_reading(), **decided(self.reading.cleaned_data)),
            targets=() if untouched else self.targets,
            columns=self.columns,
        )
        self._check(recipe)
        return None if self.errors or self.split.errors else recipe

    def _others_of_reading(self) -> dict[str, Any]:
        """What was decided about the reading that this form does not ask for."""
        return self.before.reading.model_dump(exclude=set(self.reading.fields))

    def _check(self, recipe: Recipe) -> None:
        """What a valid recipe still has to fit: the columns there are."""
        if not self.targets:
            self._refuse("target", "Name at least one column to predict.")
        if len(self.targets) > MAX_TARGETS:
            self._refuse("target", f"At most {MAX_TARGETS} columns can be predicted at once.")
        for name in self.targets[:MAX_TARGETS]:
            self._check_target(name, recipe)
        self._check_split(recipe.split)

    def _check_target(self, name: str, recipe: Recipe) -> None:
        if name not in self.number_of:
            self._refuse("target", NO_COLUMN.format(name))
        elif recipe.column(name).use is False:
            self._refuse("target", f"Column “{name}” is left out below: use it, or predict another one.")
        elif recipe.column(name).kind is None:
            try:
                targets.check(self.base.columns[self.number_of[name]])
            except Refusal as refusal:
                self._refuse("target", str(refusal))

    def _check_split(self, split: SplitRecipe) -> None:
        if split.kind != "random" and not split.column:
            self.split.add_error("column", "Name the column that says how to split.")
        elif split.column and split.column not in self.number_of:
            self.split.add_error("column", NO_COLUMN.format(split.column))
        elif split.column and split.column in self.targets:
            self.split.add_error("column", "The column to predict cannot say how to split, too.")
        if (split.dev or 0) + (split.test or 0) > 0.95:
            self.split.add_error("test", "Dev and test together leave too little to train on.")

    def _refuse(self, field: str, message: str) -> None:
        self.errors.setdefault(field, []).append(message)


def reading_options(version: Version, reader: Any) -> tuple[str, ...]:
    """The choices that a format, by what its reader says in OPTIONS, or a reading with images has."""
    own: tuple[str, ...] = getattr(reader, "OPTIONS", ())
    of_images = ("side", "colour") if version.image_shape else ()
    return tuple(dict.fromkeys([*own, *of_images]))

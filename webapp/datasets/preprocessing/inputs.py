"""A column that is to become inputs: what its values are, and what a person decided about it."""

from typing import Any, NamedTuple

from webapp.datasets.columns.dates import Order
from webapp.datasets.recipe import ColumnRecipe, Kind, Recipe

MAX_LEVELS = 50
NUMBERS = (Kind.NUMERIC, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE)


class Input(NamedTuple):
    """`holds` is numeric, integer, boolean, category or date; `at_most` levels have an input each."""

    name: str
    holds: Kind
    choice: ColumnRecipe
    order: Order = "ymd"
    clock: bool = False
    rare: int = 2
    buckets: int = 32
    at_most: int = MAX_LEVELS

    @property
    def is_dropping(self) -> bool:
        """Whether rows without a value in this column are left out."""
        return self.choice.missing == "drop"

    @classmethod
    def of(cls, facts: dict[str, Any], recipe: Recipe, room: int) -> "Input":
        """The input that a column with this profile becomes; a category has `room` for so many inputs.

        What stands in for a missing number is no level: a category takes its most frequent one only where a
        person said so for this very column.
        """
        name, holds = facts["name"], Kind(facts["holds"])
        choice = recipe.column(name)
        own = recipe.columns.get(name, ColumnRecipe()).missing
        if holds not in NUMBERS and own != "mode" and choice.missing != "drop":
            choice = choice.model_copy(update={"missing": None})
        limits = (recipe.rare, min(recipe.buckets, room), min(MAX_LEVELS, room))
        return cls(name, holds, choice, facts["order"], facts.get("clock", False), *limits)

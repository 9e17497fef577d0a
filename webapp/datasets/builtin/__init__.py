"""Datasets that come with the laboratory, one click away."""

from webapp.datasets.builtin import shapes, tables
from webapp.datasets.builtin.registry import Builtin

# In the order the page shows them; a new one is one more entry in its module.
BUILTINS: dict[str, Builtin] = {one.key: one for one in (*tables.TABLES, *shapes.SHAPES)}

__all__ = ["BUILTINS", "Builtin"]

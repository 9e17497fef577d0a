"""Which column is predicted, and as what."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from webapp.datasets import targets
from webapp.datasets.profile import profile
from webapp.datasets.refusal import Refusal


def columns(folder: Path, **values: list[Any]) -> list[dict[str, Any]]:
    pl.DataFrame(values).write_ipc(folder / "table.arrow")
    return profile(folder / "table.arrow")


@pytest.mark.parametrize("name", ["target", "Label", "CLASS", "species", "Diagnosis", "y", "outcome"])
def test_a_usual_name_is_taken_for_the_target(name: str, tmp_path: Path) -> None:
    assert targets.detect(columns(tmp_path, **{"a": ["x"], name: ["y"], "last": ["z"]}))["name"] == name


def test_without_a_usual_name_the_last_column_with_values_is_the_target(tmp_path: Path) -> None:
    empty = pl.Series([None], dtype=pl.String)
    assert targets.detect(columns(tmp_path, a=["x"], price=[1.0], rest=empty))["name"] == "price"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 5, "binary"),
        ([0.0, 1.0] * 5, "binary"),
        (["a", "b", "c"] * 5, "multiclass"),
        ([1.0, 2.0, 3.0] * 5, "multiclass"),
        ([float(i) for i in range(15)], "regression"),
        ([0.5, 1.5, 2.5] * 5, "regression"),
        ([float(i % 30) for i in range(90)], "regression"),
    ],
)
def test_the_task_follows_from_the_values(values: list[Any], task: str, tmp_path: Path) -> None:
    assert targets.task_of(columns(tmp_path, y=values)[0]) == task


def test_a_constant_target_is_refused_at_its_field(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="“y” has the same value in every row") as caught:
        targets.choose(columns(tmp_path, x=[1.0, 2.0, 3.0], y=[7.0, 7.0, 7.0]), "y")
    assert caught.value.field == "target"


def test_a_target_without_values_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="“y” has 1 values"):
        targets.choose(columns(tmp_path, x=[1.0, 2.0, 3.0], y=[7.0, None, None]), "y")


def test_a_text_that_differs_in_most_rows_is_no_class(tmp_path: Path) -> None:
    texts = [f"word {i}" for i in range(30)] + ["same"] * 10
    with pytest.raises(Refusal, match="31 different texts in 40 rows"):
        targets.choose(columns(tmp_path, x=[1.0] * 40, y=texts), "")

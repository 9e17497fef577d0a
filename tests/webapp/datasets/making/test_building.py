"""A reading becomes the arrays of a version."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from webapp.datasets.making import building
from webapp.datasets.preprocessing import Pipeline
from webapp.datasets.recipe import ColumnRecipe, Kind, Recipe, SplitRecipe, Task
from webapp.datasets.refusal import Refusal

M = 60


class Made(NamedTuple):
    """A version: its facts, arrays and pipeline, and the table it was made of."""

    facts: dict[str, Any]
    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    pipeline: Pipeline
    table: pl.DataFrame

    def column(self, name: str) -> dict[str, Any]:
        return next(column for column in self.facts["columns"] if column["name"] == name)

    @property
    def roles(self) -> dict[str, str]:
        return {column["name"]: column["role"] for column in self.facts["columns"]}


Build = Callable[..., Made]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a version of a table, perhaps of images, by a recipe."""

    def make(table: dict[str, Any], images: np.ndarray | None = None, **recipe: Any) -> Made:
        reading, folder = tmp_path / "reading", tmp_path / "version"
        for path in (reading, folder):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
        frame = pl.DataFrame(table)
        frame.write_ipc(reading / "table.arrow")
        (reading / "notes.json").write_text('["Read as it is."]')
        if images is not None:
            np.save(reading / "images.npy", images)
        facts = building.build(reading, Recipe(**recipe), folder, building.ignore)
        arrays = [np.load(folder / f"{name}.npy") for name in ("features", "labels", "rows")]
        pipeline = Pipeline.model_validate_json((folder / "pipeline.json").read_text())
        return Made(facts, *arrays, pipeline, frame)

    return make


def numbers(**more: Any) -> dict[str, Any]:
    """A table of a number and two classes."""
    return {"a": [float(i) for i in range(M)], "y": ["no", "yes"] * (M // 2)} | more


def test_rows_are_in_the_order_of_the_split_and_can_be_traced(build: Build) -> None:
    made = build(numbers(b=[float(i % 7) for i in range(M)]))
    assert sorted(made.rows.tolist()) == list(range(M))
    np.testing.assert_array_equal(made.x, np.stack([made.rows, made.rows % 7], axis=1))
    np.testing.assert_array_equal(made.y, made.rows % 2)
    sizes = [made.facts[name] for name in ("n_train", "n_dev", "n_test")]
    assert sizes == [36, 12, 12]
    assert made.facts["n_rows"] == M
    assert [made.x.dtype, made.y.dtype, made.rows.dtype] == [np.float32, np.int64, np.int64]


def test_the_facts_of_a_version_are_plain_json(build: Build) -> None:
    facts = build(numbers(c=["x", "y", "z"] * 20, day=["2024-01-31"] * 59 + ["2024-03-01"])).facts
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert (facts["targets"], facts["task"], facts["classes"]) == (["y"], "binary", ["no", "yes"])
    assert (facts["n_features"], facts["n_outputs"], facts["image_shape"]) == (9, 1, None)
    assert {column["name"]: column["width"] for column in facts["columns"]} == {
        "a": 1,
        "y": 0,
        "c": 3,
        "day": 5,
    }


def test_the_stored_pipeline_makes_the_same_inputs(build: Build) -> None:
    made = build(
        numbers(
            c=["x", None, "z"] * 20,
            day=[datetime(2024, 1, 1 + i % 28, i % 24) for i in range(M)],
            gap=[None if i % 5 == 0 else i / 7 for i in range(M)],
            on=[i % 3 == 0 for i in range(M)],
        ),
        indicator=True,
    )
    again = made.pipeline.transform(made.table[made.rows.tolist()])
    assert again.tobytes() == made.x.tobytes()
    assert np.isfinite(made.x).all()
    assert made.facts["n_features"] == len(made.pipeline.feature_names)


def test_missing_numbers_are_filled_with_the_mean_of_training_rows(build: Build) -> None:
    gap = [None if i % 5 == 0 else float(i) for i in range(M)]
    made = build(numbers(gap=gap))
    train = made.rows[: made.facts["n_train"]]
    mean = np.mean([gap[row] for row in train if gap[row] is not None])
    np.testing.assert_allclose(made.x[made.rows % 5 == 0, 1], mean, rtol=1e-6)
    missing = sum(gap[row] is None for row in train)
    assert (
        f"Column “gap”: {missing} missing values in training; {mean:.6g}, the mean, stands in."
        in (made.facts["notes"])
    )


def test_rows_that_lack_a_value_are_left_out_where_asked_for(build: Build) -> None:
    gap = [None if i < 4 else float(i) for i in range(M)]
    made = build(numbers(gap=gap), columns={"gap": ColumnRecipe(missing="drop")})
    assert sorted(made.rows.tolist()) == list(range(4, M))
    assert "Left out 4 rows without a value in a column that is used." in made.facts["notes"]
    with pytest.raises(Refusal, match="Row 2, column “gap”: the value is missing"):
        made.pipeline.transform(made.table)


def test_rows_without_a_target_are_left_out(build: Build) -> None:
    made = build(numbers() | {"y": [None, "no", "yes"] * 20})
    assert sorted(made.rows.tolist()) == [i for i in range(M) if i % 3]
    assert made.facts["notes"][:2] == [
        "Read as it is.",
        "Left out 20 rows without a value in the target column “y”.",
    ]


def test_what_teaches_nothing_is_not_used_and_that_is_said(build: Build) -> None:
    made = build(
        numbers(
            patient_id=[float(1000 + 3 * i) for i in range(M)],
            remark=[f"note number {i}" for i in range(M)],
            unit=["kg"] * M,
            nothing=pl.Series([None] * M, dtype=pl.String),
        )
    )
    assert made.roles == {
        "a": "feature", "y": "target", "patient_id": "dropped", "remark": "dropped", "unit": "dropped",
        "nothing": "dropped",
    }  # fmt: skip
    assert made.facts["notes"][1:] == [
        "Column “patient_id” is not used: it numbers the rows or names them, so it says nothing about new "
        "ones.",
        "Column “remark” is not used: nearly every row has a text of its own.",
        "Column “unit” is not used: it has the same value in every row.",
        "Column “nothing” is not used: it has no values.",
    ]


def test_a_person_may_leave_columns_out_and_in(build: Build) -> None:
    columns = {"a": ColumnRecipe(use=False), "id": ColumnRecipe(use=True)}
    made = build(numbers(id=[float(5 + 2 * i) for i in range(M)]), columns=columns)
    assert made.roles == {"a": "dropped", "y": "target", "id": "feature"}
    assert made.facts["notes"] == ["Read as it is."]


def test_a_text_is_used_where_a_person_wants_it(build: Build) -> None:
    columns = {"remark": ColumnRecipe(use=True, encoding="hashing")}
    made = build(numbers(remark=[f"note number {i}" for i in range(M)]), columns=columns, buckets=8)
    assert made.facts["n_features"] == 9


def test_a_corrected_kind_is_said(build: Build) -> None:
    made = build(numbers(zip=[1.0, 2.0, 3.0] * 20), columns={"zip": ColumnRecipe(kind=Kind.CATEGORY)})
    assert made.pipeline.feature_names == ["a", "zip=1", "zip=2", "zip=3"]
    assert "Column “zip” is taken for categories, as you chose." in made.facts["notes"]


def test_a_column_that_turns_out_empty_is_not_used(build: Build) -> None:
    made = build(
        numbers(gap=["na", "-", None] * 20), columns={"gap": ColumnRecipe(kind=Kind.NUMERIC, use=True)}
    )
    assert made.column("gap")["why"] == "it has no values"


def test_dates_that_could_be_read_otherwise_are_said(build: Build) -> None:
    made = build(numbers(day=["03/04/2024", "04/05/2024", "05/06/2024"] * 20))
    note = "Column “day”: dates are read as month/day/year, but another order would fit, too."
    assert note in made.facts["notes"]


def test_rare_levels_are_those_of_training_rows(build: Build) -> None:
    made = build(numbers(c=["often"] * 55 + [f"rare {i}" for i in range(5)]), rare=3)
    assert made.pipeline.feature_names == ["a", "c=often", "c=other"]
    assert (made.x[made.rows >= 55, 2] == 1).all()


def test_no_column_becomes_more_than_so_many_inputs(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {"a": [float(i) for i in range(300)], "y": ["no", "yes"] * 150}
    made = build(many | {"c": [f"{i % 60}" + "x" for i in range(300)]})
    assert made.column("c")["width"] == 50
    monkeypatch.setattr("webapp.datasets.making.planning.MAX_ENCODED", 20)
    made = build(many | {name: [f"{i % 60}" + "x" for i in range(300)] for name in "cd"})
    assert made.column("c")["width"] == made.column("d")["width"] == 10
    made = build(many | {"c": [f"{i % 60}" + "x" for i in range(300)]}, encoding="hashing")
    assert made.column("c")["width"] == 20


def test_classes_and_their_counts_are_told(build: Build) -> None:
    made = build(numbers() | {"y": ["a", "b", "b", "c", "c", "c"] * 10})
    assert (made.facts["task"], made.facts["n_outputs"]) == ("multiclass", 3)
    assert made.column("y")["levels"] == [["a", 10], ["b", 20], ["c", 30]]


def test_a_regression_keeps_its_target_in_its_own_unit(build: Build) -> None:
    made = build(numbers(y=[i + 0.5 for i in range(M)]))
    assert (made.facts["task"], made.facts["classes"], made.facts["n_outputs"]) == ("regression", [], 1)
    np.testing.assert_array_equal(made.y, made.rows + 0.5)
    assert made.y.dtype == np.float64


def test_several_targets_make_many_labels(build: Build) -> None:
    table = numbers(hot=[float(i % 2) for i in range(M)], wet=["yes", "no", "no"] * 20)
    made = build(table, targets=("hot", "wet"))
    assert (made.facts["task"], made.facts["classes"]) == ("multilabel", ["hot", "wet"])
    assert made.facts["n_outputs"] == 2
    np.testing.assert_array_equal(made.y, np.stack([made.rows % 2, made.rows % 3 == 0], axis=1))
    assert made.y.dtype == np.float32
    assert made.roles == {"a": "feature", "y": "feature", "hot": "target", "wet": "target"}


def test_lists_of_labels_make_many_labels(build: Build) -> None:
    made = build(numbers() | {"y": ["red;blue", "blue", "red"] * 20})
    assert (made.facts["task"], made.facts["classes"]) == ("multilabel", ["blue", "red"])
    assert made.column("y")["levels"] == [["blue", 40], ["red", 40]]
    assert "Column “y” holds lists of 2 labels." in made.facts["notes"]


def test_the_task_may_be_chosen(build: Build) -> None:
    assert build(numbers() | {"y": [0.0, 1.0] * 30}, task=Task.REGRESSION).y.dtype == np.float64


def test_the_parts_that_a_file_names_are_kept(build: Build) -> None:
    made = build(numbers(split=["train"] * 40 + ["dev"] * 10 + ["test"] * 10))
    assert sorted(made.rows[:40].tolist()) == list(range(40))
    assert sorted(made.rows[50:].tolist()) == list(range(50, 60))
    assert made.roles["split"] == "split"
    assert "Column “split” is not an input: it says how the rows are split." in made.facts["notes"]


def test_what_dev_and_test_rows_hold_changes_nothing_in_the_pipeline(build: Build) -> None:
    split = ["train"] * 40 + ["dev"] * 10 + ["test"] * 10
    table = numbers(split=split, c=["x", None, "z"] * 20, gap=[None if i % 5 else float(i) for i in range(M)])
    first = build(table, indicator=True)
    changed = {"a": [1e6 + i for i in range(20)], "c": ["new"] * 20, "gap": [float(-i) for i in range(20)]}
    second = build(
        table | {name: table[name][:40] + cells for name, cells in changed.items()}, indicator=True
    )
    assert second.pipeline == first.pipeline
    np.testing.assert_array_equal(second.x[:40], first.x[:40])


def test_the_parts_that_a_file_names_may_be_overruled_but_are_no_input(build: Build) -> None:
    table = numbers(split=["train"] * 50 + ["test"] * 10)
    made = build(table, split=SplitRecipe(keep_parts=False))
    assert [made.facts[name] for name in ("n_train", "n_dev", "n_test")] == [36, 12, 12]
    assert made.roles["split"] == "dropped"


def test_a_column_that_happens_to_be_called_split_is_an_input(build: Build) -> None:
    assert build(numbers(split=["banana", "cream"] * 30)).roles["split"] == "feature"


def test_groups_stay_together_and_are_no_input(build: Build) -> None:
    who = [f"patient {i // 3}" for i in range(M)]
    made = build(numbers(who=who), split=SplitRecipe(kind="group", column="who"))
    ends = np.cumsum([made.facts[name] for name in ("n_train", "n_dev", "n_test")])
    parts = [{who[row] for row in part} for part in np.split(made.rows, ends[:-1])]
    assert not parts[0] & (parts[1] | parts[2])
    assert not parts[1] & parts[2]
    assert made.roles["who"] == "split"


@pytest.mark.parametrize(
    "when",
    [
        [f"{1 + i % 28:02}.{1 + i // 28:02}.2024" for i in range(M)],
        [float(i) for i in range(M)],
        [datetime(2024, 1 + i // 28, 1 + i % 28) for i in range(M)],
    ],
)
def test_the_latest_rows_judge_in_a_split_by_time(when: list[Any], build: Build) -> None:
    made = build(numbers(when=when), split=SplitRecipe(kind="time", column="when"))
    assert made.rows.tolist() == list(range(M))
    assert made.pipeline.feature_names == ["a"]


def test_a_split_by_a_time_that_is_none_is_refused(build: Build) -> None:
    with pytest.raises(Refusal, match="“c” holds neither dates nor numbers") as caught:
        build(numbers(c=["x", "y", "z"] * 20), split=SplitRecipe(kind="time", column="c"))
    assert (caught.value.field, caught.value.column) == ("split", "c")


def test_identical_rows_stay_together(build: Build) -> None:
    made = build({"a": [float(i // 2) for i in range(M)], "y": ["no", "no", "yes", "yes"] * 15})
    train, rest = np.split(made.x[:, 0], [made.facts["n_train"]])
    assert not set(train) & set(rest)


def test_images_are_their_pixels_in_the_order_of_the_split(build: Build) -> None:
    images = np.random.default_rng(0).integers(0, 256, (M, 4, 3, 2), np.uint8)
    table = {"label": [None, "cat", "dog"] * 20, "file": [f"{i}.png" for i in range(M)]}
    made = build(table, images)
    assert made.facts["image_shape"] == [4, 3, 2]
    assert (made.facts["n_features"], made.facts["n_rows"], made.facts["task"]) == (24, 40, "binary")
    np.testing.assert_array_equal(made.x, images[made.rows].reshape(40, 24))
    assert made.x.dtype == np.uint8
    assert made.pipeline.pixels(images[made.rows]).tobytes() == made.x.tobytes()
    assert made.facts["notes"][1] == "Left out 20 rows without a value in the target column “label”."


def test_images_may_bring_their_own_split_and_many_labels(build: Build) -> None:
    images = np.random.default_rng(0).integers(0, 256, (M, 2, 2, 1), np.uint8)
    table = {"label": ["a;b", "b"] * 30, "split": ["train"] * 30 + ["test"] * 30}
    made = build(table, images, task=Task.MULTILABEL)
    assert made.facts["n_test"] == 30
    assert made.y.shape == (M, 2)


def test_many_batches_make_the_same_as_one(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    table = numbers(c=["x", None, "z"] * 20) | {"y": [None, "no", "yes"] * 20}
    images = np.random.default_rng(0).integers(0, 256, (M, 2, 2, 1), np.uint8)
    whole, pictures = build(table), build(table, images)
    monkeypatch.setattr("webapp.datasets.making.arrays.BATCH_CELLS", 28)
    monkeypatch.setattr("webapp.datasets.making.arrays.IMAGE_BYTES", 28)
    monkeypatch.setattr("webapp.datasets.columns.table.CELLS_AT_ONCE", 50)
    np.testing.assert_array_equal(build(table).x, whole.x)
    np.testing.assert_array_equal(build(table, images).x, pictures.x)


def test_the_share_done_rises_to_one(tmp_path: Path) -> None:
    pl.DataFrame(numbers()).write_ipc(tmp_path / "table.arrow")
    (tmp_path / "notes.json").write_text("[]")
    told: list[float] = []
    building.build(tmp_path, Recipe(), tmp_path, told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def csv_of(table: dict[str, Any], path: Path) -> Path:
    pl.DataFrame(table).write_csv(path)
    return path


def test_a_file_is_taken_all_the_way(tmp_path: Path) -> None:
    table = numbers(day=[f"{1 + i % 28}.2.2024" for i in range(M)], c=["x", None, "z"] * 20)
    building.try_out(csv_of(table, tmp_path / "a.csv"), Recipe(), tmp_path)
    pipeline = Pipeline.model_validate_json((tmp_path / "version" / "pipeline.json").read_text())
    assert [step.kind for step in pipeline.steps] == ["number", "date", "one_hot"]


@pytest.mark.parametrize(
    ("recipe", "field"),
    [
        (Recipe(targets=("z",)), "target"),
        (Recipe(columns={"z": ColumnRecipe()}), "columns"),
        (Recipe(split=SplitRecipe(kind="time", column="z")), "split"),
    ],
)
def test_a_column_that_is_not_there_is_refused_at_a_glance(
    recipe: Recipe, field: str, tmp_path: Path
) -> None:
    path = csv_of(numbers(), tmp_path / "a.csv")
    with pytest.raises(Refusal, match="There is no column “z”") as caught:
        building.glance(path, recipe, tmp_path)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("recipe", "field", "message"),
    [
        ({"targets": ("z",)}, "target", "There is no column “z”"),
        ({"columns": {"z": ColumnRecipe()}}, "columns", "There is no column “z”"),
        ({"split": SplitRecipe(kind="group", column="z")}, "split", "There is no column “z”"),
        ({"columns": {"a": ColumnRecipe(use=False)}}, "target", "No column is left to predict “y” from"),
        (
            {"columns": {"y": ColumnRecipe(kind=Kind.NUMERIC)}},
            "columns",
            "Row 2, column “y”: “no” is not a usable",
        ),
        ({"task": Task.REGRESSION}, "task", "are no numbers"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(
    recipe: dict[str, Any], field: str, message: str, build: Build
) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        build(numbers(), **recipe)
    assert caught.value.field == field


def test_too_few_complete_rows_are_refused(build: Build) -> None:
    gap = [1.0, 2.0] + [None] * (M - 2)
    with pytest.raises(Refusal, match="Only 2 rows are left of 60") as caught:
        build(numbers(gap=gap), missing="drop")
    assert caught.value.field == "columns"


def test_complete_rows_of_one_class_are_refused(build: Build) -> None:
    gap = [1.0 + i if i % 2 else None for i in range(M)]
    with pytest.raises(Refusal, match="“y” has the same value in every row"):
        build(numbers(gap=gap), missing="drop")


def test_a_disk_too_small_is_refused(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(Refusal, match="of disk are free"):
        build(numbers())


def test_of_a_small_file_that_unpacks_to_much_no_arrays_are_made_while_a_person_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "small.parquet"
    pl.DataFrame({"a": [1.0, 2.0] * 100, "label": ["x", "y"] * 100}).write_parquet(path)
    for limit, is_built in ((1 << 20, True), (1 << 10, False)):
        monkeypatch.setattr(building, "UNPACKED", limit)
        work = tmp_path / str(limit)
        work.mkdir()
        building.try_out(path, Recipe(), work)
        assert (work / "version" / "features.npy").exists() is is_built


def test_texts_that_no_database_keeps_become_a_sign() -> None:
    assert building.without_nul({"a\0": ["x\0y", 1, None]}) == {"a\ufffd": ["x\ufffdy", 1, None]}

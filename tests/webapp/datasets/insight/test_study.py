import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.webapp.datasets.insight.tables import ALL, planted, table
from webapp.datasets.insight import Finding, Insight, study
from webapp.datasets.recipe import Task

Look = Callable[..., Insight]


def parts_of(m: int) -> tuple[int, int, int]:
    return m - 2 * (m // 5), m // 5, m // 5


def look(rows: pl.DataFrame, y: np.ndarray, **given: Any) -> Insight:
    """The insight into inputs and one target, in the order of the rows."""
    task = given.get("task") or (Task.REGRESSION if y.dtype.kind == "f" else Task.MULTICLASS)
    classes = [] if task == Task.REGRESSION else [str(i) for i in range(int(y.max()) + 1)]
    columns = [{"name": name, "role": given.get("roles", {}).get(name, "feature")} for name in rows.columns]
    inputs = [pl.col(pl.String).cast(pl.Categorical).to_physical(), pl.col(pl.Float64, pl.Boolean)]
    features = rows.select(inputs).cast(pl.Float32).to_numpy()
    return study(
        rows.with_columns(target=pl.Series(y).cast(pl.Float64)).lazy(),
        [*columns, {"name": "target", "role": "target"}],
        given.get("features", features),
        y,
        given.get("parts", parts_of(len(y))),
        task,
        classes,
    )


def kinds(found: Insight) -> dict[str, Finding]:
    return {finding.kind: finding for finding in found.findings}


def noise(m: int = 1000, **columns: Any) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame({"a": rng.normal(size=m), "b": rng.normal(size=m), **columns})


def coin(m: int = 1000) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 2, m)


@pytest.mark.parametrize("name", ALL)
def test_an_insight_into_a_well_known_table_is_strict_json_and_sees_no_leak(name: str) -> None:
    rows, y = table(name)
    order = np.random.default_rng(0).permutation(len(y))
    found = look(rows[order], y[order])
    text = json.dumps(found.model_dump(mode="json"), allow_nan=False)
    assert Insight.model_validate_json(text) == found
    assert not {"leak", "identifier", "group", "outliers", "contradiction"} & set(kinds(found))
    assert [s.strength for s in found.strengths] == sorted(
        (s.strength for s in found.strengths), reverse=True
    )
    assert found.rows == found.sampled == len(y)


def test_an_insight_is_the_same_for_the_same_data() -> None:
    rows, y = table("wine")
    assert look(rows, y) == look(rows, y)


def test_a_planted_leak_is_the_first_finding_and_names_its_column() -> None:
    rows, y = table("breast_cancer")
    first = look(rows.with_columns(planted("renamed", y)), y).findings[0]
    assert (first.kind, first.severity, first.columns) == ("leak", "high", ["leak"])
    assert "answer" in first.why
    assert "Leave the column out" in first.fix


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_the_number_of_a_row_in_a_sorted_file_is_a_leak_of_the_order(name: str) -> None:
    rows, y = table(name)
    found = [f for f in look(rows.with_columns(planted("sorted", y)), y).findings if f.columns == ["leak"]]
    assert {finding.kind for finding in found} == {"leak", "identifier"}
    assert "sorted" in next(finding for finding in found if finding.kind == "leak").why


def test_a_time_that_tells_a_target_which_drifts_asks_for_a_split_by_time() -> None:
    y = np.random.default_rng(0).normal(size=1000).cumsum()
    start = pl.datetime(2020, 1, 1)
    time = pl.datetime_range(start, start + pl.duration(days=999), "1d", eager=True)
    found = kinds(look(noise(time=time), y, features=np.zeros((1000, 3), np.float32)))["leak"]
    assert found.columns == ["time"]
    assert "split by time" in found.fix


def test_the_number_of_a_row_that_tells_nothing_is_an_identifier() -> None:
    found = kinds(look(noise(number=np.arange(1000.0)), coin()))
    assert found["identifier"].columns == ["number"]
    assert "leak" not in found


def test_whole_numbers_that_happen_to_differ_are_no_identifier() -> None:
    income = np.random.default_rng(0).choice(90_000, 1000, replace=False).astype(float)
    assert "identifier" not in kinds(look(noise(income=income), coin()))


def test_a_column_that_says_whose_row_it_is_asks_for_a_split_by_group() -> None:
    patient = np.repeat(np.arange(100.0), 10)
    found = kinds(look(noise(patient_id=patient), coin()))["group"]
    assert found.columns == ["patient_id"]
    assert "Split by the groups" in found.fix


def test_dev_rows_that_are_training_rows_are_found() -> None:
    rows, y = noise(), coin()
    features = rows.to_numpy().astype(np.float32)
    features[600:650], y[600:650] = features[:50], y[:50]
    found = kinds(look(rows, y, features=features))
    assert found["shared"].what.startswith("25.0% of the dev and 0.0% of the test rows")
    assert "5.0% of all rows" in found["copies"].what
    assert "contradiction" not in found


def test_equal_inputs_with_other_answers_are_a_floor_below_the_error() -> None:
    rows, y = noise(), coin()
    features = rows.to_numpy().astype(np.float32)
    features[100:200], y[100:200] = features[:100], 1 - y[:100]
    assert kinds(look(rows, y, features=features))["contradiction"].what.startswith("10.0% of all rows")


@pytest.mark.parametrize(("rare", "severity"), [(300, None), (150, "low"), (50, "medium"), (5, "high")])
def test_imbalance_is_as_severe_as_it_is_lopsided(rare: int, severity: str | None) -> None:
    y = np.random.default_rng(0).permutation((np.arange(1000) < rare).astype(int))
    found = kinds(look(noise(), y)).get("imbalance")
    assert (found and found.severity) == severity
    if found:
        assert f"“0” has {1000 - rare:,} rows and “1” {rare:,}" in found.what
        assert f"right in {1 - rare / 1000:.1%}" in found.why
        assert "class weights" in found.fix


def test_a_class_with_too_few_rows_is_named() -> None:
    y = np.append(np.full(4, 2), coin(996))
    found = kinds(look(noise(), y))["few"]
    assert found.severity == "high"
    assert found.what == "“2” has fewer than 20 training rows, the rarest 4. “2” has none in dev."


@pytest.mark.parametrize(("dev", "points"), [(100, "5.9"), (400, "2.9")])
def test_a_small_dev_part_says_how_well_an_error_is_known(dev: int, points: str) -> None:
    found = kinds(look(noise(), coin(), parts=(1000 - 2 * dev, dev, dev)))
    assert f"Dev has {dev} rows: an error of 10% measured there is known to ±{points} points" in (
        found["coarse"].what
    )


def test_a_single_row_is_spoken_of_as_one() -> None:
    features = np.zeros((3, 2), np.float32)
    found = kinds(look(noise().head(3), np.array([0, 1, 0]), features=features, parts=(1, 1, 1)))
    assert found["coarse"].what.startswith("Dev has 1 row: an error of 10%")
    assert found["wide"].what == "There are 2 inputs and 1 training row."
    numbers = kinds(look(noise().head(3), np.array([0.0, 1.0, 2.0]), features=features, parts=(1, 1, 1)))
    assert numbers["coarse"].what.startswith("Dev has 1 row: a mean squared error")


def test_a_small_dev_part_of_numbers_says_how_well_their_squared_error_is_known() -> None:
    rows, y = table("diabetes")
    assert "±30% of itself" in kinds(look(rows, y, parts=(266, 88, 88)))["coarse"].what


def test_a_dataset_without_dev_part_is_told_so() -> None:
    assert "no dev part" in kinds(look(noise(), coin(), parts=(1000, 0, 0)))["coarse"].what


@pytest.mark.parametrize(("width", "severity"), [(600, None), (700, "medium"), (7000, "high")])
def test_more_inputs_than_training_rows_are_told(width: int, severity: str | None) -> None:
    features = np.zeros((1000, width), np.float32)
    found = kinds(look(noise(), coin(), features=features)).get("wide")
    assert (found and found.severity) == severity


def test_more_pixels_than_training_rows_are_no_matter_of_columns() -> None:
    rows = pl.DataFrame({"file": [f"{i}.png" for i in range(1000)]})
    pixels = np.zeros((1000, 700), np.float32)
    found = kinds(look(rows, coin(), features=pixels, roles={"file": "unused"}))
    assert found["wide"].fix.startswith("Augment the images")


def test_rows_that_are_half_empty_are_told() -> None:
    gaps = np.where(np.arange(1000) % 10 == 0, np.nan, 1.0)
    rows = noise(c=gaps, d=gaps + np.arange(1000)).fill_nan(None)
    found = kinds(look(rows, coin()))["sparse"]
    assert found.what.startswith("In 10.0% of the rows half of the inputs or more are empty")


def test_columns_that_are_empty_constant_or_twins_are_named() -> None:
    rows = noise(
        hollow=pl.Series([1.0, 2.0] * 100 + [None] * 800),
        fixed=[3.0] * 1000,
        nearly=[1.0] * 999 + [2.0],
    ).with_columns(cm=pl.col("a") * 2.54)
    found = kinds(look(rows, coin()))
    assert found["missing"].columns == ["hollow"]
    assert "80.0%" in found["missing"].what
    assert found["constant"].columns == ["fixed", "nearly"]
    assert found["twins"].columns == ["a", "cm"]


def test_a_long_tail_gets_the_advice_of_a_logarithm_and_a_single_far_value_does_not() -> None:
    rng = np.random.default_rng(0)
    far = rng.normal(size=1000)
    far[7] = -999
    found = kinds(look(noise(tail=np.exp(rng.normal(5, 1.5, 1000)), far=far), coin()))
    assert "log(1 + x / median) of “tail”" in found["skewed"].fix
    assert found["outliers"].columns == ["far"]
    assert "-999 in “far”" in found["outliers"].what


def test_findings_come_with_the_most_severe_first() -> None:
    rows, y = table("breast_cancer")
    severities = [f.severity for f in look(rows.with_columns(planted("copy", y)), y).findings]
    assert severities == sorted(severities, key=["high", "medium", "low"].index)
    assert len(set(severities)) > 1


def test_texts_times_and_truths_are_inputs_like_numbers() -> None:
    y = coin()
    rows = noise(
        text=[f"{'ab'[code]}{i % 7}" for i, code in enumerate(y)],
        truth=(y + (np.arange(1000) % 3 == 0)) > 0,
        time=pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2020, 1, 1) + pl.duration(hours=999),
                               "1h", eager=True),
    )  # fmt: skip
    found = look(rows, y, features=np.zeros((1000, 4), np.float32))
    told = {s.column: s.strength for s in found.strengths}
    assert told["text"] > 0.97
    assert 0.2 < told["truth"] < 0.8
    assert told["time"] < 0.02
    assert [levels.column for levels in found.levels] == ["text"]
    assert {d.column for d in found.distributions} == {"target", "a", "b", "truth", "time"}


def test_a_dropped_column_is_judged_too_and_keeps_its_role() -> None:
    y = coin()
    found = look(noise(known_later=y.astype(float)), y, roles={"known_later": "dropped"})
    assert (found.strengths[0].column, found.strengths[0].role) == ("known_later", "dropped")
    assert "leak" not in kinds(found)


def test_of_many_labels_the_one_that_is_told_most_counts() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, (1000, 3))
    rows = noise(copy=labels[:, 1].astype(float))
    whole = rows.hstack(pl.DataFrame(labels.astype(float), schema=["x", "y", "z"]))
    columns = [{"name": n, "role": "target" if n in "xyz" else "feature"} for n in whole.columns]
    features = rows.to_numpy().astype(np.float32)
    found = study(whole.lazy(), columns, features, labels, (600, 200, 200), Task.MULTILABEL, ["x", "y", "z"])
    assert found.strengths[0].column == "copy"
    assert found.balance[0] == labels[:600].sum(axis=0).tolist()
    assert kinds(found)["leak"].columns == ["copy"]
    assert "“y”" in kinds(found)["leak"].what


def test_rows_without_a_target_are_left_out_and_the_table_may_be_a_file(tmp_path: Path) -> None:
    rows, y = table("wine")
    whole = pl.concat([rows, rows.head(7)]).with_columns(kind=pl.Series([*map(str, y), *[None] * 7]))
    whole.write_ipc(tmp_path / "table.arrow")
    columns = [{"name": n, "role": "target" if n == "kind" else "feature"} for n in whole.columns]
    features = rows.to_numpy().astype(np.float32)
    found = study(
        tmp_path / "table.arrow", columns, features, y, (100, 39, 39), Task.MULTICLASS, ["0", "1", "2"]
    )
    assert found.rows == len(y)
    assert list(found.distributions[0].by_class) == ["0", "1", "2"]


def test_images_beside_their_table_of_labels_are_studied_without_columns() -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 8 * 8), dtype=np.uint8)
    y = np.arange(300) % 3
    rows = pl.DataFrame({"label": [f"kind {code}" for code in y], "file": [f"{i}.png" for i in range(300)]})
    columns = [{"name": "label", "role": "target"}, {"name": "file", "role": "dropped"}]
    found = study(
        rows.lazy(), columns, images, y, (200, 50, 50), Task.MULTICLASS, ["kind 0", "kind 1", "kind 2"]
    )
    assert found.correlations is None
    assert len(found.projection.x) == 200
    assert [s.strength for s in found.strengths] == [0]
    assert "leak" not in kinds(found)


@pytest.mark.parametrize("value", [np.inf, -1e308, 1e-320, np.nan])
def test_numbers_of_any_size_are_survived(value: float) -> None:
    strange = np.random.default_rng(0).normal(size=1000)
    strange[::50] = value
    with np.errstate(over="ignore"):
        found = look(noise(strange=strange), coin())
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


def test_three_rows_are_enough_to_be_looked_at() -> None:
    found = look(pl.DataFrame({"a": [1.0, 2.0, 3.0]}), np.array([0, 1, 0]), parts=(1, 1, 1))
    assert found.rows == 3

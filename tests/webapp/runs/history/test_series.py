from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_run, write_chunks
from tests.webapp.runs.history.recording import costs_for, record
from tests.webapp.runs.history.test_smoothing import by_the_formula
from webapp.runs.history.series import UnknownSeriesError, Window, clock, pieces, series, superseded
from webapp.runs.history.smoothing import smooth
from webapp.runs.models import Attempt, Run

pytestmark = pytest.mark.django_db

N = 2_000


@pytest.fixture
def costs() -> np.ndarray:
    return costs_for(3, N)


@pytest.fixture
def run(costs) -> Run:
    run = a_run(state="running", epoch=N // 7)
    record(run, Attempt.objects.create(run=run, number=1), costs, cuts=range(100, N, 100), merges=[5, 11])
    return run


@pytest.fixture
def rewound(run, costs) -> Run:
    """It went on once more after step 700, with other costs."""
    again = Attempt.objects.create(run=run, number=2, origin=1, step=700, epoch=100)
    record(run, again, 10 + costs[:500])
    return run


def test_a_series_comes_with_the_columns_to_draw_it_over(run):
    found = series(run, ["cost", "dev_error", "memory_mb"]).series
    assert {table: list(columns) for table, columns in found.items()} == {
        "steps": ["step", "seconds", "cost"],
        "epochs": ["epoch", "step", "dev_error"],
        "pulse": ["step", "seconds", "memory_mb"],
    }


def test_a_window_that_a_chart_can_show_is_exact(run, costs):
    found = series(run, ["cost"], first=1_501, last=1_600)
    assert found.exact
    assert found.series["steps"]["step"] == list(range(1_501, 1_601))
    np.testing.assert_array_equal(np.array(found.series["steps"]["cost"], np.float32), costs[1_500:1_600])


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, N), st.integers(1, N), st.floats(0, 0.9999))
@example(1, 1_212, 0.9998999999999999)
def test_what_is_smoothed_depends_neither_on_the_window_nor_on_the_pieces(run, costs, one, other, beta):
    first, last = sorted((one, other))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.runs.history.series.PIECE", 300)
        found = series(run, ["cost"], beta, first, last).series["steps"]
    steps, smoothed = np.array(found["step"]), np.array(found["smooth.cost"], float)
    assert steps[-1] == last
    np.testing.assert_allclose(smoothed, by_the_formula(costs, beta)[steps - 1], rtol=1e-6)


def test_thinned_values_are_those_of_their_steps_and_outliers_stay():
    n = 50_000
    costs = costs_for(4, n)
    long = a_run(state="running")
    record(long, Attempt.objects.create(run=long, number=1), costs, cuts=range(999, n, 999), merges=[30])
    found = series(long, ["cost"], beta=0.98)
    steps = {name: np.array(values, np.float32) for name, values in found.series["steps"].items()}
    at = np.array(found.series["steps"]["step"]) - 1
    assert not found.exact
    assert len(at) < 1_500
    np.testing.assert_array_equal(steps["cost"], costs[at])
    np.testing.assert_array_equal(steps["smooth.cost"], smooth(costs, 0.98).astype(np.float32)[at])
    assert np.nanmax(steps["cost"]) == np.nanmax(costs)
    end = series(long, ["cost"], beta=0.98, first=n - 400).series["steps"]
    np.testing.assert_allclose(np.array(end["smooth.cost"], float), smooth(costs, 0.98)[-401:], rtol=1e-6)
    assert np.nanmin(steps["cost"]) == np.nanmin(costs)


def test_the_line_is_smoothed_across_its_attempts(rewound, costs):
    whole = np.concatenate([costs[:700], 10 + costs[:500]])
    found = series(rewound, ["cost"], 0.9, first=690, last=720).series["steps"]
    np.testing.assert_allclose(
        np.array(found["smooth.cost"], float), by_the_formula(whole, 0.9)[689:720], rtol=1e-5
    )


def test_what_was_superseded_is_told_attempt_by_attempt(rewound, costs):
    (segment,) = superseded(rewound, ["cost"], 0.9)
    steps = segment["series"]["steps"]
    at = np.array(steps["step"]) - 1
    assert segment["attempt"] == 1
    assert (min(steps["step"]) > 700, max(steps["step"])) == (True, N)
    np.testing.assert_allclose(
        np.array(steps["smooth.cost"], float), by_the_formula(costs, 0.9)[at], rtol=1e-5
    )


def test_nothing_is_superseded_in_a_run_of_one_attempt(run):
    assert superseded(run, ["cost"]) == []


def test_the_clock_tells_when_each_attempt_began(run):
    Attempt.objects.update(began=datetime(2026, 1, 1, tzinfo=UTC), seconds=2.5)
    assert clock(run) == [{"attempt": 1, "step": 0, "seconds": 2.5, "began": 1_767_225_600_000}]


def test_the_clock_of_a_branch_has_its_parents_seconds_before_it_was_made():
    run = a_run()
    began = datetime(2026, 1, 1, tzinfo=UTC)
    Attempt.objects.create(run=run, number=0, began=began)
    Attempt.objects.create(run=run, number=1, origin=0, step=9, seconds=2.5, began=began)
    assert [attempt["began"] for attempt in clock(run)] == [1_767_225_597_500, 1_767_225_600_000]


def test_all_points_come_in_pieces(rewound, costs, monkeypatch):
    monkeypatch.setattr("webapp.runs.history.series.PIECE", 128)
    found = list(pieces(rewound, ["cost"], Window()))
    assert np.concatenate([rows["step"] for rows in found]).tolist() == list(range(1, 1_201))
    expected = np.concatenate([costs[:700], 10 + costs[:500]])
    np.testing.assert_array_equal(np.concatenate([rows["cost"] for rows in found]), expected)


@pytest.mark.parametrize("table", ["epochs", "pulse"])
def test_rows_of_epochs_and_pulse_come_once_each_in_pieces(run, table, monkeypatch):
    name = {"epochs": "dev_error", "pulse": "memory_mb"}[table]
    whole = next(iter(pieces(run, [name], Window())))
    monkeypatch.setattr("webapp.runs.history.series.PIECE", 128)
    cut = list(pieces(run, [name], Window()))
    assert np.concatenate([rows["step"] for rows in cut]).tolist() == whole["step"].tolist()


def test_a_run_that_has_not_begun_has_empty_series():
    found = series(a_run(), ["cost"], beta=0.9)
    assert found.exact
    assert found.series == {"steps": {"step": [], "seconds": [], "cost": [], "smooth.cost": []}}
    assert list(pieces(a_run(), ["cost"], Window())) == []


def test_an_unknown_series_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownSeriesError, match=r"There is no series loss\. Known: .*cost, learning_rate"):
        series(a_run(), ["cost", "loss"])
    with pytest.raises(UnknownSeriesError, match="Name at least one"):
        series(a_run(), [])


def test_seconds_can_be_asked_for_alone():
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0, 2.0]])
    assert series(run, ["seconds"]).series == {"steps": {"step": [1, 2], "seconds": [0.0, 0.0]}}

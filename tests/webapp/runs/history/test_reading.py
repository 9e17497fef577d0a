import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_run, write_chunks
from webapp.runs.history.columns import EPOCHS, STEPS, join, pack, unpack
from webapp.runs.history.reading import BUCKETS, Cursor, news, thin, window
from webapp.runs.models import Chunk


def test_a_chunk_gives_back_what_was_packed_with_its_step_numbers():
    block = pack({"cost": [0.5, 0.25], "seconds": [0.1, 0.2]}, {name: [1] for name in EPOCHS})
    columns = unpack(41, block)
    assert columns.steps["step"].tolist() == [41, 42]
    assert columns.steps["cost"].tolist() == [0.5, 0.25]
    assert columns.epochs["epoch"].tolist() == [1]


def test_a_value_that_is_not_finite_is_stored_as_no_number():
    columns = unpack(
        1, pack({"cost": [np.inf, -np.inf, np.nan, 1], "seconds": [0] * 4}, dict.fromkeys(EPOCHS, ()))
    )
    assert np.isnan(columns.steps["cost"]).tolist() == [True, True, True, False]


def test_joining_nothing_gives_empty_tables():
    columns = join([])
    assert {name: len(columns.steps[name]) for name in STEPS} == dict.fromkeys(STEPS, 0)


costs = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300)


@given(costs, st.integers(4, 40))
def test_thinning_keeps_the_extremes_and_the_last_value_of_every_bucket(values, width):
    step = np.arange(1, len(values) + 1)
    value = np.array(values, np.float32)
    kept = thin(step, width, value)
    for start in range(0, len(values), width):
        inside = kept[(kept >= start) & (kept < start + width)]
        bucket = value[start : start + width]
        assert {value[inside].min(), value[inside].max()} == {bucket.min(), bucket.max()}
        assert inside[-1] == start + len(bucket) - 1
        assert 1 <= len(inside) <= 3


@given(costs, st.integers(4, 40), st.integers(0, 10))
def test_a_series_read_in_pieces_cut_at_buckets_equals_the_series_read_at_once(values, width, pieces):
    step = np.arange(1, len(values) + 1)
    value = np.array(values, np.float32)
    cut = min(len(values), pieces * width)
    first, second = thin(step[:cut], width, value[:cut]), cut + thin(step[cut:], width, value[cut:])
    assert np.concatenate([first, second]).tolist() == thin(step, width, value).tolist()


@pytest.mark.django_db
def test_news_are_what_lies_beyond_the_cursor_and_nothing_else():
    run = a_run(state="running", attempt=1, n_steps=6)
    write_chunks(run, [[3.0, 2.0], [1.5], [1.0, 0.5, 0.25]])
    first = news(run.pk, Cursor())
    assert first.series["steps"] == {"step": [1, 2, 3, 4, 5, 6], "cost": [3.0, 2.0, 1.5, 1.0, 0.5, 0.25]}
    later = news(run.pk, Cursor(1, 2))
    assert (later.after, later.cursor) == (Cursor(1, 2), Cursor(1, 3))
    assert later.series["steps"]["step"] == [4, 5, 6]
    assert news(run.pk, later.cursor).series["steps"]["step"] == []


@pytest.mark.django_db
def test_news_can_be_bounded_by_where_the_other_viewers_stand():
    run = a_run(state="running", attempt=1, n_steps=3)
    write_chunks(run, [[3.0], [2.0], [1.0]])
    assert news(run.pk, Cursor(), until=Cursor(1, 2)).series["steps"]["cost"] == [3.0, 2.0]


@pytest.mark.django_db
def test_a_viewer_of_an_overtaken_attempt_gets_the_new_one_from_its_start():
    run = a_run(state="running", attempt=1, n_steps=2)
    write_chunks(run, [[3.0], [2.0]])
    run.attempt = 2
    run.save()
    write_chunks(run, [[9.0]])
    found = news(run.pk, Cursor(1, 2))
    assert (found.after, found.cursor) == (Cursor(2, 0), Cursor(2, 1))
    assert found.series["steps"]["cost"] == [9.0]
    assert Chunk.objects.filter(run=run, attempt=1).count() == 2


@pytest.mark.django_db
def test_a_gap_in_the_cost_reaches_the_page_as_null():
    run = a_run(state="diverged", attempt=1, n_steps=2)
    write_chunks(run, [[3.0, float("nan")]])
    assert news(run.pk, Cursor()).series["steps"]["cost"] == [3.0, None]


@pytest.mark.django_db
def test_a_long_run_is_thinned_as_a_whole_and_exact_in_a_window():
    n = 20 * BUCKETS
    run = a_run(state="running", attempt=1, n_steps=n, step=n)
    values = np.random.default_rng(0).normal(size=n).astype(np.float32)
    write_chunks(run, np.split(values, 8))
    whole = news(run.pk, Cursor())
    assert whole.thinned
    assert len(whole.series["steps"]["step"]) <= 3 * BUCKETS
    assert max(whole.series["steps"]["cost"]) == values.max()
    part = window(run, 4_990, 5_020)["steps"]
    assert part["step"] == list(range(4_990, 5_021))
    assert part["cost"] == values[4_989:5_020].tolist()

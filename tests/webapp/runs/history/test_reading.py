import numpy as np
import pytest

from tests.webapp.runs.factories import a_run, write_chunks
from webapp.runs.history.blocks import compact
from webapp.runs.history.reading import Cursor, news
from webapp.runs.history.thinning import VALUES
from webapp.runs.models import Chunk


@pytest.mark.django_db
def test_news_are_what_lies_beyond_the_cursor_and_nothing_else():
    run = a_run(state="running", attempt=1, n_steps=6)
    write_chunks(run, [[3.0, 2.0], [1.5], [1.0, 0.5, 0.25]])
    first = news(run.pk, Cursor())
    assert first.series["steps"]["step"] == [1, 2, 3, 4, 5, 6]
    assert first.series["steps"]["cost"] == [3.0, 2.0, 1.5, 1.0, 0.5, 0.25]
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
def test_a_message_carries_every_series_of_the_steps():
    run = a_run(state="running", attempt=1, n_steps=2)
    write_chunks(run, [[3.0, 2.0]])
    found = news(run.pk, Cursor()).series
    assert found["steps"] == {
        "step": [1, 2],
        "cost": [3.0, 2.0],
        "seconds": [0.0, 0.0],
        "learning_rate": [None, None],
    }
    assert found["pulse"] == {"step": [], "seconds": [], "memory_mb": [], "steps_per_second": []}


@pytest.mark.django_db
def test_a_long_run_is_thinned_as_a_whole():
    n = 10_000
    run = a_run(state="running", attempt=1, n_steps=n, step=n)
    values = np.random.default_rng(0).normal(size=n).astype(np.float32)
    write_chunks(run, np.split(values, 8))
    whole = news(run.pk, Cursor())
    assert whole.thinned
    assert len(whole.series["steps"]["step"]) * len(whole.series["steps"]) <= VALUES["steps"]
    assert np.float32(max(whole.series["steps"]["cost"])) == values.max()


@pytest.mark.django_db
def test_a_viewer_at_the_live_end_is_not_disturbed_when_chunks_are_merged():
    run = a_run(state="running", attempt=1, n_steps=6)
    write_chunks(run, [[6.0], [5.0], [4.0], [3.0]])
    compact(run, keep=2)
    found = news(run.pk, Cursor(1, 3))
    assert (found.after, found.cursor) == (Cursor(1, 3), Cursor(1, 4))
    assert found.series["steps"]["cost"] == [3.0]


@pytest.mark.django_db
def test_a_viewer_where_the_blocks_end_goes_on_from_there():
    run = a_run(state="running", attempt=1, n_steps=6)
    write_chunks(run, [[6.0], [5.0], [4.0]])
    compact(run)
    found = news(run.pk, Cursor(1, 3))
    assert (found.after, found.cursor) == (Cursor(1, 3), Cursor(1, 3))
    assert found.series["steps"]["cost"] == []


@pytest.mark.django_db
def test_a_viewer_among_chunks_that_were_merged_gets_all_again():
    run = a_run(state="running", attempt=1, n_steps=6)
    write_chunks(run, [[6.0], [5.0], [4.0], [3.0]])
    compact(run, keep=1)
    found = news(run.pk, Cursor(1, 1))
    assert (found.after, found.cursor) == (Cursor(1, 0), Cursor(1, 4))
    assert found.series["steps"]["cost"] == [6.0, 5.0, 4.0, 3.0]

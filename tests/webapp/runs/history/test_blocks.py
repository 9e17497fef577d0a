import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_run, write_chunks
from tests.webapp.runs.history.recording import STEPS_PER_EPOCH, costs_for, record
from webapp.runs.history import blocks, fetching
from webapp.runs.history.blocks import compact, compact_all
from webapp.runs.history.columns import STEPS, pack, unpack
from webapp.runs.history.copying import copy_line
from webapp.runs.history.fetching import fetch
from webapp.runs.history.reading import Cursor, columns_of, news
from webapp.runs.history.series import series, superseded
from webapp.runs.models import Attempt, Block, Checkpoint, LeaseLostError, Point, Run, Stretch, line

pytestmark = pytest.mark.django_db

anywhere = settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
few = st.lists(st.integers(1, 399), max_size=12)
many = st.lists(st.integers(1, 119_999), max_size=12)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "FULL", 64)


def a_long_run(seed: int, n: int, cuts, merges) -> Run:
    """One attempt of n steps, and one that goes on from the middle of it, half as long."""
    run = a_run(state="running", epoch=n // STEPS_PER_EPOCH)
    costs = costs_for(seed, n)
    record(run, Attempt.objects.create(run=run, number=1), costs, cuts, merges)
    middle = {"step": n // 2 + 3, "epoch": (n // 2 + 3) // STEPS_PER_EPOCH}
    again = Attempt.objects.create(run=run, number=2, origin=1, **middle)
    record(run, again, 2 * costs[: n // 2], cuts, merges)
    return run


def same(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine) == list(other)
        for name in mine:
            np.testing.assert_array_equal(mine[name], other[name])


def reads(run: Run, n: int):
    names = ["cost", "learning_rate", "dev_error", "memory_mb"]
    return [
        news(run.pk, Cursor()).series,
        series(run, names),
        series(run, names, beta=0.9),
        series(run, names, first=n // 3, last=n - n // 5),
        series(run, names, beta=0.5, first=n // 3, last=n // 3 + 9),
        superseded(run, names),
        superseded(run, ["cost"], beta=0.9),
    ]


@anywhere
@given(st.integers(0, 9), few, st.lists(st.integers(1, 12), max_size=6))
def test_merging_anywhere_leaves_every_read_of_a_short_run_the_same(small_blocks, seed, cuts, merges):
    plain, merged = a_long_run(seed, 400, cuts, ()), a_long_run(seed, 400, cuts, merges)
    same(columns_of(merged, line(merged.attempts.all())), columns_of(plain, line(plain.attempts.all())))
    assert reads(merged, 400) == reads(plain, 400)


@settings(anywhere, max_examples=2)
@given(st.integers(0, 9), many, st.lists(st.integers(1, 12), max_size=4))
def test_merging_anywhere_leaves_every_read_of_a_long_run_the_same(seed, cuts, merges):
    n = 120_000
    plain, merged = a_long_run(seed, n, cuts, ()), a_long_run(seed, n, cuts, [*merges, len(set(cuts)) + 1])
    assert reads(merged, n) == reads(plain, n)


@anywhere
@given(st.integers(0, 9), few, st.lists(st.integers(1, 12), max_size=6), st.integers(1, 400))
def test_a_branch_has_its_parents_line_up_to_there(small_blocks, seed, cuts, merges, step):
    parent = a_long_run(seed, 400, cuts, merges)
    attempt = 2 if step > 203 else 1
    origin = Checkpoint(run=parent, attempt=attempt, step=step, epoch=step // STEPS_PER_EPOCH)
    child = a_run()
    Attempt.objects.create(run=child, number=0)
    copy_line(origin, child)
    theirs = columns_of(parent, line(parent.attempts.all(), until=origin))
    same(columns_of(child, line(child.attempts.all())), theirs)
    assert theirs.steps["step"].tolist() == list(range(1, step + 1))


def test_merged_chunks_are_gone_and_the_last_ones_stay():
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0]] * 5)
    compact(run, keep=2)
    assert list(run.chunks.order_by("sequence").values_list("sequence", flat=True)) == [4, 5]
    assert set(run.blocks.values_list("sequence", "n_steps")) == {(3, 3)}


def test_merging_again_adds_to_a_block_until_it_is_full(small_blocks):
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0] * 30] * 3)
    compact(run, keep=2)
    compact(run, keep=1)
    assert set(run.blocks.values_list("sequence", "n_steps")) == {(2, 60)}
    compact(run)
    assert set(run.blocks.values_list("sequence", "n_steps")) == {(3, 90)}


def test_a_worker_that_lost_its_run_merges_nothing():
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0], [2.0]])
    Run.objects.update(attempt=2)
    with pytest.raises(LeaseLostError):
        compact(run)
    assert (run.chunks.count(), run.blocks.count()) == (2, 0)


def test_chunks_of_an_attempt_that_was_cut_short_are_merged_in_the_end():
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0], [2.0]])
    run.attempt = 2
    run.save()
    write_chunks(run, [[3.0]])
    compact_all(run)
    assert run.chunks.count() == 0
    assert set(run.blocks.values_list("attempt", "sequence")) == {(1, 2), (2, 1)}


def test_chunks_that_are_merged_while_they_are_read_are_there_once(monkeypatch):
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[4.0], [3.0], [2.0], [1.0]])
    compact(run, keep=3)
    read_blocks = fetching._rows

    def merge_first(*arguments):
        compact(run, keep=1)
        return read_blocks(*arguments)

    monkeypatch.setattr(fetching, "_rows", merge_first)
    found = fetch(run, Stretch(1, Point(0, 0, 0)))
    assert (found.sequence, found.columns.steps["cost"].tolist()) == (4, [4.0, 3.0, 2.0, 1.0])


def test_a_series_that_was_never_recorded_takes_no_room():
    run = a_run(state="running", attempt=1)
    write_chunks(run, [[1.0, 2.0]])
    compact(run)
    assert not Block.objects.filter(name="learning_rate").exists()
    found = series(run, ["learning_rate"]).series["steps"]
    assert found["learning_rate"] == [None, None]


def test_an_epoch_that_ends_in_a_chunk_without_steps_is_merged_too(small_blocks):
    run = a_run(state="running", attempt=1, epoch=1)
    attempt = Attempt.objects.create(run=run, number=1)
    record(run, attempt, costs_for(0, 7))
    chunk = run.chunks.get()
    chunk.pk, chunk.sequence, chunk.first_step, chunk.n_steps = None, 2, 8, 0
    chunk.columns = empty_but_for_epochs(chunk.columns)
    chunk.save()
    before = news(run.pk, Cursor()).series
    compact(run, keep=1)
    compact(run)
    assert news(run.pk, Cursor()).series == before
    assert before["epochs"]["epoch"] == [1, 1]


def empty_but_for_epochs(columns: bytes) -> bytes:
    return pack(dict.fromkeys(STEPS, ()), unpack(1, columns).epochs)

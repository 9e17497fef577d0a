"""What waits for a page that reads slowly is bounded, in messages and in bytes."""

import pytest

from webapp.runs.live.viewer import BYTES, MESSAGES, Viewer


async def test_messages_come_in_order_and_then_the_end():
    viewer = Viewer()
    assert viewer.hand("one")
    assert viewer.hand("two")
    assert [await viewer.next(), await viewer.next()] == ["one", "two"]
    viewer.dismiss()
    assert await viewer.next() is None


async def test_a_viewer_that_has_read_all_may_lag_as_far_as_a_new_one():
    viewer = Viewer()
    for _ in range(3 * MESSAGES):
        assert viewer.hand("x" * BYTES)
        await viewer.next()


@pytest.mark.parametrize(("text", "fits"), [("news", MESSAGES), ("x" * (BYTES // 4), 4)])
async def test_a_viewer_that_lags_too_far_behind_is_let_go_and_holds_nothing(text, fits):
    viewer = Viewer()
    for _ in range(fits):
        assert viewer.hand(text)
    assert not viewer.hand(text)
    assert await viewer.next() is None
    assert viewer.outbox.empty()
    assert viewer.size == 0


async def test_a_single_message_may_be_longer_than_all_that_may_wait():
    viewer = Viewer()
    assert viewer.hand("x" * (2 * BYTES))
    assert not viewer.hand("news")

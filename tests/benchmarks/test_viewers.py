"""What the viewers' benchmark makes of what was written and seen: a point that is lost must not hide."""

import numpy as np
import pytest

from benchmarks.viewers import Socket, latencies, lost, rate

COMMITTED = np.array([[1, 10.0], [2, 10.1], [3, 10.2], [4, 10.3]])  # sequence, when
ALL = np.array([[0, 0, 2, 10.15], [0, 2, 4, 10.4]])  # viewer, after, cursor, when
GAP = np.array([[0, 0, 1, 10.05], [0, 2, 4, 10.4]])
SHORT = ALL[:1]


def test_each_chunk_counts_from_its_commit_to_the_first_message_that_told_it():
    assert latencies(ALL, COMMITTED) == pytest.approx([0.15, 0.05, 0.2, 0.1])


def test_a_chunk_that_never_came_took_for_ever():
    assert latencies(SHORT, COMMITTED)[2:].tolist() == [np.inf, np.inf]


@pytest.mark.parametrize(("messages", "missing"), [(ALL, 0), (GAP, 1), (SHORT, 2)])
def test_what_no_message_told_is_lost(messages, missing):
    assert lost(messages, COMMITTED) == missing


def test_the_rate_is_that_of_the_time_in_which_chunks_were_committed():
    assert rate(ALL, COMMITTED) == pytest.approx(1 / 0.3)


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("length", [40, 300, 70_000])
def test_a_viewer_reads_frames_however_they_are_cut(size, length):
    text = b'{"attempt":1,"after":3,"cursor":5,'.ljust(length, b" ")
    head = {40: bytes([40]), 300: b"\x7e" + (300).to_bytes(2), 70_000: b"\x7f" + (70_000).to_bytes(8)}[length]
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + 2 * (b"\x81" + head + text)
    rows: list[tuple[float, ...]] = []
    socket = Socket(7, rows)
    for start in range(0, len(stream), size):
        socket.data_received(stream[start : start + size])
    assert [row[:3] for row in rows] == [(7, 3, 5), (7, 3, 5)]
    assert not socket.buffer

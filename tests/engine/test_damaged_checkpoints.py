"""Checkpoint files: written whole or not at all, and whatever befalls them refused with a ValueError."""

import hashlib
import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from engine import StepMetrics, Trainer, checkpoint, container
from engine.container import OLD_FORMAT, write
from tests.engine.examples import small_data, small_spec

SPEC = {
    "layers": [{"units": 4, "batch_norm": True, "keep_prob": 0.7}],
    "epochs": 4,
    "schedule": "reduce_on_plateau",
    "early_stopping": "patience",
}


def _left(steps: int, k: int = 1) -> Trainer:
    trainer = Trainer([small_spec(seed=seed, **SPEC) for seed in range(k)], small_data())
    for event in trainer:
        if isinstance(event, StepMetrics) and event.step == steps:
            break
    return trainer


@lru_cache(maxsize=1)
def _content() -> bytes:
    return checkpoint.to_bytes(_left(4))


def _header_length() -> int:
    return 8 + int.from_bytes(_content()[:8], "little")


def _state() -> dict[str, Any]:
    """What a checkpoint says beside its arrays."""
    header = json.loads(_content()[8 : _header_length()])
    return json.loads(header["__metadata__"]["state"])


def _unsealed(state: Any, left_out: tuple[str, ...] = ()) -> bytes:
    """A file of the old format, without a checksum, that says ``state``."""
    arrays = {name: array for name, array in parse(_content()).items() if name not in left_out}
    return serialise(arrays, {"format": OLD_FORMAT, "state": json.dumps(state)})


def _written_by_the_library() -> bytes:
    """The same checkpoint as safetensors itself lays it out, with its checksum."""
    blank = "0" * 64
    header = json.loads(_content()[8 : _header_length()])["__metadata__"]
    content = serialise(parse(_content()), header | {"sha256": blank})
    return content.replace(blank.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def test_a_file_that_safetensors_laid_out_is_read_as_well():
    written, ours = _written_by_the_library(), _content()
    assert written != ours
    again, known = (checkpoint.from_bytes(each, small_data()) for each in (written, ours))
    np.testing.assert_array_equal(again.network.theta, known.network.theta)
    np.testing.assert_array_equal(again.descent.moments, known.descent.moments)
    with pytest.raises(ValueError, match="checksum"):
        checkpoint.from_bytes(written[:-1] + bytes([written[-1] ^ 1]), small_data())


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "run.safetensors"
    checkpoint.save(_left(4), path)
    write([b"something else"], path)
    assert path.read_bytes() == b"something else"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "run.safetensors"
    path.mkdir()
    with pytest.raises(OSError, match="run"):
        write([b"new"], path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_the_content_is_on_the_disk_before_its_name_and_the_name_before_the_return(tmp_path, monkeypatch):
    done = []
    fsync, replace = container.os.fsync, Path.replace
    monkeypatch.setattr(container.os, "fsync", lambda fd: (done.append("fsync"), fsync(fd)))
    monkeypatch.setattr(Path, "replace", lambda *paths: (done.append("rename"), replace(*paths)))
    write([b"con", b"tent"], tmp_path / "file")
    assert done == ["fsync", "rename", "fsync"]


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_cut_off_anywhere_is_refused(share):
    with pytest.raises(ValueError, match="no whole checkpoint"):
        checkpoint.from_bytes(_content()[: int(share * len(_content()))], small_data())


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255), st.booleans())
def test_a_byte_flipped_anywhere_is_seen(share, flip, in_header):
    damaged = bytearray(_content())
    damaged[int(share * (_header_length() if in_header else len(damaged)))] ^= flip
    with pytest.raises(ValueError, match="checkpoint"):
        checkpoint.from_bytes(bytes(damaged), small_data())


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_without_a_checksum_damage_to_the_header_is_harmless_or_a_value_error(share, flip):
    damaged = bytearray(_unsealed(_state()))
    damaged[int(share * (8 + int.from_bytes(damaged[:8], "little")))] ^= flip
    with suppress(ValueError):
        checkpoint.from_bytes(bytes(damaged), small_data())


def _places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in nested dicts and lists."""
    inside = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for key, value in inside:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += _places(value, (*path, key))
    return found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.booleans(), json_values)
def test_whatever_the_file_says_that_makes_no_sense_is_harmless_or_a_value_error(data, left_out, value):
    state = _state()
    *parents, last = data.draw(st.sampled_from(_places(state)))
    inside = state
    for key in parents:
        inside = inside[key]
    if left_out:
        del inside[last]
    else:
        inside[last] = value
    with suppress(ValueError):
        checkpoint.from_bytes(_unsealed(state), small_data())


@pytest.mark.parametrize("key", sorted(_state().keys() - {"history"}))
def test_a_file_that_lacks_a_part_is_refused(key):
    state = _state()
    del state[key]
    with pytest.raises(ValueError, match="no whole checkpoint"):
        checkpoint.from_bytes(_unsealed(state), small_data())


@pytest.mark.parametrize("value", [-1, 2**63, 1.5, "2", None, []])
@pytest.mark.parametrize("counter", ["step", "epoch", "position", "within"])
def test_counters_that_cannot_be_are_refused(counter, value):
    state = _state()
    state["counters"][counter] = value
    with pytest.raises(ValueError, match="checkpoint is damaged"):
        checkpoint.from_bytes(_unsealed(state), small_data())


@pytest.mark.parametrize("members", [[], [0, 1], [-1], ["0"], "0", {}])
def test_members_that_cannot_be_are_refused(members):
    with pytest.raises(ValueError, match=r"checkpoint is damaged: .*members"):
        checkpoint.from_bytes(_unsealed(_state() | {"members": members}), small_data())


def test_missing_and_misshapen_arrays_are_refused():
    with pytest.raises(ValueError, match="moments is missing"):
        checkpoint.from_bytes(_unsealed(_state(), left_out=("moments",)), small_data())
    state = _state()
    state["shapes"]["moments"] = [2, 1, 7]
    with pytest.raises(ValueError, match=r"moments has shape \(2, 1, 7\)"):
        checkpoint.from_bytes(_unsealed(state), small_data())


def test_a_state_beyond_the_memory_allowed_is_refused(tmp_path):
    checkpoint.save(_left(4), tmp_path / "run")
    with pytest.raises(ValueError, match="memory_limit"):
        checkpoint.load(tmp_path / "run", small_data(), memory_limit=1000)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [[0, 0, 0]],
        [[0, 0, 0, 0]],
        [[0, 0, 0, 22]],
        [[0, 0, 0, 4]],
        [[1, 0, 8, 8]],
        [[0, 0, 0, 8], [1, 0, 8, 4]],
        [[0, 0, 0, 4], [9, 1, 0, 8]],
        [[0, 0, 0, 4], [2, 0, 8, 8], [1, 0, 4, 8]],
        [[0, 0, 0, 4], [3, 1, 3, 8]],
        [[0, 0, 0, 4], [3, 1, 21, 8]],
        [[0, 0, 0, 4], [4, 2, 0, 8]],
    ],
)
def test_batch_sizes_that_cannot_have_been_are_refused(history):
    with pytest.raises(ValueError, match="checkpoint"):
        checkpoint.from_bytes(_unsealed(_state() | {"history": history}), small_data())


def test_files_of_the_old_format_are_still_taken_up():
    state = _state()
    assert state["counters"] | {"position": 8} == state["counters"]
    state["counters"]["position"] = 1  # batches
    del state["history"]
    trainer = checkpoint.from_bytes(_unsealed(state), small_data())
    assert trainer.position == 8
    assert trainer.history == [(0, 0, 0, 8)]
    expected = _left(4)
    list(expected)
    list(trainer)
    np.testing.assert_array_equal(trainer.network.theta, expected.network.theta)


def test_a_member_that_a_checkpoint_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no whole checkpoint"):
        checkpoint.member(_content(), 1)
    with pytest.raises(ValueError, match="no whole checkpoint"):
        checkpoint.member(_content()[:-1], 0)

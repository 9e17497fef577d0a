"""Checkpoints: a training run in a file, to be taken up as if it had never been left.

The arrays, and the specs and everything that is not an array. Under the same number of BLAS threads, kernels
and NumPy, with denormals taken for the same, all of it recorded, what follows is the same bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .container import Content, damage_explained, pack, unpack, write
from .data import Data
from .early_stopping import Watch
from .environment import difference, environment
from .estimate import MAX_EVALUATED
from .events import Resumed
from .program import Array
from .spec import Spec
from .timeline import Segment, place, segment_start
from .training import Order, Trainer

_COUNTERS = ("step", "epoch", "position", "within")
#: Arrays whose second axis is that of the cohort; of all others it is the first.
_BY_MEMBER_SECOND = ("moments", "statistics", "watch.statistics")


class State(NamedTuple):
    """A run's state at one moment."""

    arrays: dict[str, Array]
    specs: list[Spec]
    rest: dict[str, Any]

    def content(self) -> Content:
        """The content of a checkpoint file."""
        specs = [spec.model_dump(mode="json") for spec in self.specs]
        return pack(self.arrays, {"specs": specs, **self.rest, "environment": environment()})


def capture(trainer: Trainer) -> State:
    """The state of a run after any of its events, its own copy: to be written later, or not at all."""
    now = _state(trainer)
    return now._replace(arrays={name: np.array(array, order="C") for name, array in now.arrays.items()})


def content_of(trainer: Trainer, members: Sequence[int] | None = None) -> Content:
    """The content of a checkpoint file of a run, after any of its events and until it goes on. Of some
    members of a cohort it is one of a cohort of their own, in which they are numbered anew; ``member`` takes
    one out."""
    now = _state(trainer)
    return (now if members is None else _of_members(now, members)).content()


def _state(trainer: Trainer) -> State:
    """The state of a run, live."""
    return State(_arrays(trainer), list(trainer.specs), _rest(trainer))


def _of_members(state: State, members: Sequence[int]) -> State:
    places = [state.rest["members"].index(member) for member in members]
    arrays = {name: _rows(name, array, places) for name, array in state.arrays.items()}
    return State(arrays, [state.specs[place] for place in places], _rest_of(state.rest, places))


def _rest_of(rest: dict[str, Any], places: Sequence[int]) -> dict[str, Any]:
    """What is no array, of the members at these places, numbered anew."""
    dropout = [rest["generators"]["dropout"][place] for place in places]
    return rest | {
        "members": list(range(len(places))),
        "generators": rest["generators"] | {"dropout": dropout},
    }


def member(content: bytes, place: int) -> Content:
    """The checkpoint of a member of a cohort's checkpoint, as that of a run of its own: it goes on as it
    would have in the cohort, up to rounding. Raises ValueError when that is no whole checkpoint."""
    arrays, meta = unpack(content)
    with damage_explained():
        empty = {
            name: np.empty(shape, np.float32) for name, shape in meta["shapes"].items() if name not in arrays
        }
        mine = {name: _rows(name, array, [place]) for name, array in (empty | arrays).items()}
        return pack(mine, _rest_of(meta, [place]) | {"specs": [meta["specs"][place]]})


def _rows(name: str, array: Array, places: Sequence[int]) -> Array:
    """What an array says of the members at these places: the array itself where these are all, in order."""
    axis = 1 if name in _BY_MEMBER_SECOND else 0
    return array if list(places) == list(range(array.shape[axis])) else np.take(array, places, axis=axis)


def _rest(trainer: Trainer) -> dict[str, Any]:
    """What of a run's state is no array."""
    return {
        "members": list(trainer.members),
        "counters": {name: getattr(trainer, name) for name in _COUNTERS},
        "history": list(trainer.history),
        "batches_seen": trainer.network.statistics.seen,
        "generators": {
            "order": trainer.order_state,
            "augmentation": trainer.augmentation.bit_generator.state,
            "dropout": [rng.bit_generator.state for rng in trainer.dropout.generators],
        },
        "data": _shape_of(trainer.data),
    }


def to_bytes(trainer: Trainer) -> bytes:
    """The content of a checkpoint file of a run, after any of its events, in one piece."""
    return b"".join(content_of(trainer))


def save(trainer: Trainer, path: str | Path) -> None:
    """Write a checkpoint, see ``write``."""
    write(content_of(trainer), path)


def load(
    path: str | Path,
    data: Data,
    *,
    order: Order | None = None,
    statistics_every: int | None = None,
    memory_limit: int | None = None,
    max_evaluated: int = MAX_EVALUATED,
) -> Trainer:
    """The run of a checkpoint file on the same ``data``; its first event is ``Resumed``. ``order``,
    ``statistics_every``, ``memory_limit`` and ``max_evaluated`` are those of ``Trainer``.

    Raises ValueError when the file is no whole checkpoint, belongs to data of another shape, or needs more
    than ``memory_limit``.
    """
    content = Path(path).read_bytes()
    return from_bytes(
        content,
        data,
        order=order,
        statistics_every=statistics_every,
        memory_limit=memory_limit,
        max_evaluated=max_evaluated,
    )


def from_bytes(
    content: bytes,
    data: Data,
    *,
    order: Order | None = None,
    statistics_every: int | None = None,
    memory_limit: int | None = None,
    max_evaluated: int = MAX_EVALUATED,
) -> Trainer:
    """The run of a checkpoint, see ``load``."""
    arrays, meta = unpack(content)
    with damage_explained():
        if meta["data"] != _shape_of(data):
            raise ValueError(
                f"The checkpoint belongs to data of {meta['data']}, but this is {_shape_of(data)}."
            )
        trainer = Trainer(
            _specs(meta),
            data,
            order=order,
            statistics_every=statistics_every,
            memory_limit=memory_limit,
            max_evaluated=max_evaluated,
        )
        position = _put_back(trainer, arrays, meta)
        changed = difference(meta["environment"], environment())
    trainer.take_up(Resumed(trainer.step, trainer.epoch, not changed, changed), position)
    return trainer


def read_specs(content: bytes) -> list[Spec]:
    """The specs of a checkpoint, without taking it up."""
    meta = unpack(content)[1]
    with damage_explained():
        return _specs(meta)


def _specs(meta: dict[str, Any]) -> list[Spec]:
    return [Spec.model_validate(spec) for spec in meta["specs"]]


def _arrays(trainer: Trainer) -> dict[str, Array]:
    """Every array of a run's state, live."""
    plateaus, watch = trainer.descent.plateaus, trainer.watch
    return {
        "parameters": trainer.network.theta,
        "moments": trainer.descent.moments,
        "statistics": trainer.network.statistics.kept,
        "cost": trainer.cost,
        **{f"plateaus.{name}": getattr(plateaus, name) for name in ("scale", "best", "waited")},
        **{f"watch.{name}": getattr(watch, name) for name in Watch.ARRAYS},
    }


def _put_back(trainer: Trainer, arrays: dict[str, Array], meta: dict[str, Any]) -> int:
    """Give a new trainer the state of a checkpoint, all but its position, which is returned."""
    shapes = {name: tuple(shape) for name, shape in meta["shapes"].items()}
    # A cohort that has shrunk keeps rows set aside that a single network would not.
    trainer.watch.make_room(trainer.network, shapes["watch.theta"] == trainer.network.theta.shape)
    for name, array in _arrays(trainer).items():
        _fill(name, array, shapes[name], arrays)
    trainer.members = _checked_members(trainer, meta["members"])
    trainer.network.statistics.seen = _whole("batches_seen", meta["batches_seen"])
    generators = meta["generators"]
    # Given to the generator, a state is checked.
    trainer.shuffling.bit_generator.state = trainer.order_state = generators["order"]
    trainer.augmentation.bit_generator.state = generators["augmentation"]
    for rng, state in zip(trainer.dropout.generators, generators["dropout"], strict=True):
        rng.bit_generator.state = state
    return _put_back_progress(trainer, meta)


def _put_back_progress(trainer: Trainer, meta: dict[str, Any]) -> int:
    """Steps, epochs and batch sizes so far; returns the position."""
    counters, n_train = meta["counters"], trainer.data.n_train
    trainer.step, trainer.epoch, position = (_whole(name, counters[name]) for name in _COUNTERS[:3])
    trainer.within = counters["within"]
    if "history" in meta:
        trainer.history = [Segment(*(_whole("history", n) for n in each)) for each in meta["history"]]
    else:
        steps = trainer.timeline.steps_per_epoch
        short = position < steps  # of the last batch, which may be smaller
        position = position * trainer.history[0].batch_size if short else n_train + position - steps
    if not isinstance(trainer.within, bool) or trainer.within > trainer.epoch:
        raise ValueError(f"The checkpoint is damaged: within is {trainer.within!r} in epoch {trainer.epoch}.")
    if trainer.epoch > trainer.spec.epochs or position > n_train:
        raise ValueError(
            f"The checkpoint is damaged: it is {position} examples into epoch {trainer.epoch}, beyond "
            f"{trainer.spec.epochs} epochs of {n_train}."
        )
    _check_history(trainer, position)
    return position


def _check_history(trainer: Trainer, position: int) -> None:
    """Raise ValueError when batches cannot have been as the history says."""
    history, n_train = trainer.history, trainer.data.n_train
    now = place(trainer.epoch, trainer.within, position, n_train)
    last = history[-1]
    fits = all(1 <= each.batch_size <= n_train and each.position < n_train for each in history)
    rises = all(a[1:3] < b[1:3] and a.step <= b.step for a, b in pairwise(history))
    ends = (
        last.step <= trainer.step and last[1:3] <= now and last.batch_size == trainer.spec.batch_for(n_train)
    )
    begins = history[0][1:3] == (0, 0)
    if not (
        begins
        and fits
        and rises
        and ends
        and (now[1] - segment_start(history, now[0])) % last.batch_size == 0
    ):
        raise ValueError(
            f"The checkpoint is damaged: epoch {now[0]} cannot be at example {now[1]} after batches of "
            f"{[tuple(each) for each in history]}."
        )


def _fill(name: str, array: Array, shape: tuple[int, ...], found: dict[str, Array]) -> None:
    """Fill ``array`` with what was found under its name, which may be missing when it is empty."""
    if array.size and name not in found:
        raise ValueError(f"The checkpoint is damaged: {name} is missing.")
    source = found.get(name, array)
    if array.shape != shape or source.shape != shape or source.dtype != array.dtype:
        raise ValueError(f"The checkpoint is damaged: {name} has shape {shape}, expected {array.shape}.")
    array[...] = source


def _checked_members(trainer: Trainer, members: list[Any]) -> list[int]:
    found = [_whole("members", member) for member in members]
    if len(found) != trainer.network.k or len(set(found)) != len(found):
        raise ValueError(f"The checkpoint is damaged: its members are {found}.")
    return found


def _whole(name: str, value: object) -> int:
    """``value``, which has to be an integer from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"The checkpoint is damaged: {name} is {value!r}, expected a whole number.")
    return value


def _shape_of(data: Data) -> dict[str, int]:
    return {"n_train": data.n_train, "n_features": data.n_features, "n_outputs": data.n_outputs}

"""Images that come as one array, all of one size: the array that a reading keeps of them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from webapp.datasets.readers.limits import refuse_full_disk
from webapp.datasets.readers.options import MAX_SIDE, Options
from webapp.datasets.refusal import Refusal

CHANNELS = (1, 3, 4)
BYTES_AT_ONCE = 1 << 24


def is_images(array: np.ndarray) -> bool:
    """Whether `array` is uint8 of shape (n, height, width), (n, height, width, c) or (n, c, h, w)."""
    if array.dtype != np.uint8 or array.ndim not in (3, 4):
        return False
    return array.ndim == 3 or array.shape[3] in CHANNELS or array.shape[1] in CHANNELS


def write(stack: list[np.ndarray], destination: Path, options: Options) -> list[str]:
    """Write the images of all arrays, uint8 (n, height, width, 1 or 3), one after the other; notes.

    Raises Refusal when they are too large and no smaller size was asked for.
    """
    notes = list(_notes(stack[0]))
    upright = [_channels_last(array) for array in stack]
    height, width, channels = upright[0].shape[1:]
    _refuse_large(height, width, options)
    is_grey = options.colour == "grey" or (
        options.colour == "auto" and (channels == 1 or all(map(_is_grey, upright)))
    )
    side = (options.side, options.side) if options.side else (height, width)
    shape = (sum(map(len, upright)), *side, 1 if is_grey else 3)
    refuse_full_disk(destination.parent, int(np.prod(shape)))
    made = np.lib.format.open_memmap(destination, "w+", np.uint8, shape)
    row = 0
    for array in upright:
        for block in _blocks(array):
            made[row : row + len(block)] = _converted(block, shape[1:])
            row += len(block)
    made.flush()
    if is_grey and channels > 1:
        notes.append("The images are kept in shades of grey.")
    if options.side and side != (height, width):
        notes.append(f"Images of {width} × {height} pixels became {options.side} × {options.side}.")
    return notes


def _channels_last(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3:
        return array[..., None]
    return array if array.shape[3] in CHANNELS else np.moveaxis(array, 1, 3)


def _notes(array: np.ndarray) -> Iterator[str]:
    if array.ndim == 4 and array.shape[3] not in CHANNELS:
        yield "The images came with their channels first, and were turned."
    if _channels_last(array).shape[3] == 4:
        yield "The images' transparency was left out."


def _refuse_large(height: int, width: int, options: Options) -> None:
    if max(height, width) > MAX_SIDE and not options.side:
        raise Refusal(
            f"These images have {width:,} × {height:,} pixels; at most {MAX_SIDE} × {MAX_SIDE} are used.",
            f"Choose a smaller size for them, at most {MAX_SIDE} pixels a side, when you upload the file.",
            field="side",
        )


def _blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, BYTES_AT_ONCE // max(1, int(np.prod(array.shape[1:]))))
    for start in range(0, len(array), step):
        yield np.asarray(array[start : start + step])


def _is_grey(array: np.ndarray) -> bool:
    """Whether red, green and blue are the same in every pixel."""
    return all(bool((block[..., :3] == block[..., :1]).all()) for block in _blocks(array))


def _converted(block: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`block`, (n, h, w, 1, 3 or 4), as (n, *shape)."""
    height, width, channels = shape
    block = block[..., :3]
    if block.shape[1:3] != (height, width):
        block = np.stack([_resized(image, height, width) for image in block])
    if channels == 1 and block.shape[3] == 3:
        block = np.round(block @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]  # ITU-R BT.601
    return np.broadcast_to(block, (len(block), *shape))


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else np.ascontiguousarray(image))
    resized = np.asarray(picture.resize((width, height), Image.Resampling.BOX if height < image.shape[0] else
                                        Image.Resampling.BICUBIC))  # fmt: skip
    return resized.reshape(height, width, image.shape[2])

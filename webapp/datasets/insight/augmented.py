"""What augmentation makes of images: originals beside what a network will be trained on."""

from collections.abc import Sequence

import numpy as np

from engine.augmentations import Augmentation, augment
from engine.randomness import stream
from webapp.datasets.insight.gallery import Pixels, contact_sheet

VARIANTS = 7
AT_MOST = 16


def augmented(images: Pixels, steps: Sequence[Augmentation], seed: int) -> list[Pixels]:
    """For each of `images`, uint8 (k, height, width, channels): itself, then `VARIANTS` changed ones.

    They are changed by the engine's own code, within the lowest and highest pixel value that can be, 0 and 1
    once scaled, and drawn from the stream that a run with this `seed` draws from.
    """
    k, shape = len(images), images.shape[1:]
    batch = np.concatenate([images] * VARIANTS).astype(np.float32) / 255
    changed = augment(batch, shape, steps, stream(seed, "augmentation"), limits=(0.0, 1.0))
    pixels = np.rint(changed * 255).astype(np.uint8).reshape(VARIANTS, k, *shape)
    return [
        np.concatenate([image[None], variants])
        for image, variants in zip(images, pixels.swapaxes(0, 1), strict=True)
    ]


def preview(images: Pixels, steps: Sequence[Augmentation], seed: int) -> bytes:
    """A PNG with a line for each of the first `AT_MOST` images, the original at the left.

    Raises ValueError when there is no image.
    """
    return contact_sheet(augmented(images[:AT_MOST], steps, seed))

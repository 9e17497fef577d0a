"""Originals beside what augmentation makes of them, for the New run page."""

from __future__ import annotations

import base64
from functools import lru_cache

import numpy as np

from engine import Spec
from webapp.datasets.insight import preview
from webapp.datasets.models import Version

SHOWN = 4


def augmented(version: Version, spec: Spec) -> str:
    """A PNG in base64: the first images of the training part, a line each, as the run would see them."""
    return _drawn(version.pk, str(version.folder), tuple(version.image_shape), spec.model_dump_json())


@lru_cache(maxsize=64)
def _drawn(_version: int, folder: str, shape: tuple[int, int, int], spec_json: str) -> str:
    spec = Spec.model_validate_json(spec_json)
    stored = np.load(f"{folder}/features.npy", mmap_mode="r")
    images = np.asarray(stored[:SHOWN]).reshape(-1, *shape)
    return base64.b64encode(preview(images, spec.augmentations, spec.seed)).decode()

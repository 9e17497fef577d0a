"""What a valid spec still has to fit: the dataset, and the memory a run may take.

A check is one function in CHECKS: it gets the dataset and the spec and returns problems by path.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from engine import Spec, estimate
from engine.heads import HEADS
from engine.splits import split_sizes
from webapp.datasets.models import Dataset
from webapp.datasets.preparation import heads_for, outputs_for

from .reading import Problems


def head_fits_the_task(dataset: Dataset, spec: Spec) -> Problems:
    fitting = heads_for(dataset.task)
    if spec.head.kind in fitting:
        return {}
    names = " or ".join(str(HEADS[kind].model_config["title"]) for kind in fitting)
    return {"head": f"This head cannot learn “{dataset.name}” ({dataset.task}): choose {names}."}


def every_part_has_an_example(dataset: Dataset, spec: Spec) -> Problems:
    try:
        split_sizes(dataset.n_rows, spec.split)
    except ValueError as error:
        return {"split": str(error)}
    return {}


def the_batch_fits_the_training_part(dataset: Dataset, spec: Spec) -> Problems:
    n_train = split_sizes(dataset.n_rows, spec.split).train
    if spec.batch_for(n_train) <= n_train:
        return {}
    return {
        "batch_size": f"{spec.batch_size:,} is larger than the training part of {n_train:,} examples: "
        f"give at most {n_train:,}, or lower the dev and test shares."
    }


def augmentations_have_images(dataset: Dataset, spec: Spec) -> Problems:
    if not spec.augmentations or getattr(dataset, "image_shape", None):
        return {}
    return {"augmentations": f"“{dataset.name}” holds no images: remove the augmentations."}


def the_memory_suffices(dataset: Dataset, spec: Spec) -> Problems:
    limit = settings.HONE_RUN_MEMORY_BYTES
    n_train = split_sizes(dataset.n_rows, spec.split).train
    outputs = outputs_for(dataset, spec.head.kind)
    needed = estimate(spec, dataset.n_features, outputs, n_train)
    if needed.memory_bytes <= limit:
        return {}
    sizes = [n_parameters for _, _, n_parameters in needed.layers]
    largest = sizes.index(max(sizes))
    hidden = min(largest, len(spec.layers) - 1)
    layer = f"hidden layer {largest + 1}" if largest == hidden else "the output layer"
    return {
        f"layers.{hidden}.units": f"This run would take {filesizeformat(needed.memory_bytes)} of memory; "
        f"a run here may take {filesizeformat(limit)}. The largest part is {layer} with {max(sizes):,} "
        "parameters: give it or its neighbours fewer units, or choose a smaller batch."
    }


CHECKS: tuple[Callable[[Dataset, Spec], Problems], ...] = (
    head_fits_the_task,
    every_part_has_an_example,
    the_batch_fits_the_training_part,
    augmentations_have_images,
    the_memory_suffices,
)


def problems_with(dataset: Dataset, spec: Spec) -> Problems:
    """What the first check that fails has to say; later ones build on earlier ones."""
    for check in CHECKS:
        if problems := check(dataset, spec):
            return problems
    return {}

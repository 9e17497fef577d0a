"""What a valid spec still has to fit: the dataset, and the memory a run may take.

A check is one function in CHECKS: it gets the dataset and the spec and returns problems by path.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from engine import Spec
from engine.heads import HEADS, SigmoidHead, SoftmaxHead
from webapp.datasets.models import Version
from webapp.datasets.preparation import estimate_for, heads_for
from webapp.datasets.recipe import Task

from .reading import Problems


def head_fits_the_task(version: Version, spec: Spec) -> Problems:
    fitting = heads_for(version.task)
    if spec.head.kind in fitting:
        return {}
    names = " or ".join(str(HEADS[kind].model_config["title"]) for kind in fitting)
    return {"head": f"This head cannot learn “{version.name}” ({version.task}): choose {names}."}


def each_class_has_a_weight_or_none(version: Version, spec: Spec) -> Problems:
    if not isinstance(spec.head, SigmoidHead | SoftmaxHead):
        return {}
    n_classes = 2 if isinstance(spec.head, SigmoidHead) else len(version.classes)
    given = len(spec.head.class_weights)
    if given in (0, n_classes):
        return {}
    whose = f"“{version.name}” has {n_classes} classes"
    if version.task == Task.MULTILABEL:
        whose = "Each label has 2 classes, no and yes"
    return {
        "head.class_weights": f"{whose}, and {given} weight{' is' if given == 1 else 's are'} given: give "
        "one for each class, in order, or leave this empty."
    }


def the_batch_fits_the_training_part(version: Version, spec: Spec) -> Problems:
    n_train = version.n_train
    if spec.batch_for(n_train) <= n_train:
        return {}
    return {
        "batch_size": f"{spec.batch_size:,} is larger than the training part of {n_train:,} examples: "
        f"give at most {n_train:,}."
    }


def augmentations_have_images(version: Version, spec: Spec) -> Problems:
    if not spec.augmentations or version.image_shape:
        return {}
    return {"augmentations": f"“{version.name}” holds no images: remove the augmentations."}


def the_memory_suffices(version: Version, spec: Spec) -> Problems:
    limit = settings.HONE_RUN_MEMORY_BYTES
    needed = estimate_for(version, spec)
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


CHECKS: tuple[Callable[[Version, Spec], Problems], ...] = (
    head_fits_the_task,
    each_class_has_a_weight_or_none,
    the_batch_fits_the_training_part,
    augmentations_have_images,
    the_memory_suffices,
)


def problems_with(version: Version, spec: Spec) -> Problems:
    """What the first check that fails has to say; later ones build on earlier ones."""
    for check in CHECKS:
        if problems := check(version, spec):
            return problems
    return {}

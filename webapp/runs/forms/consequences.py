"""What follows from a form: the drawn network, its size, its time, the parts of the data, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from engine import Estimate, Spec, warnings_for
from engine.activations import ACTIVATIONS
from engine.heads import HEADS
from engine.splits import Sizes
from webapp.datasets.preparation import estimate_for, outputs_for
from webapp.runs.pages.presentation import duration

from .augmentation import augmented
from .drawing import Drawing, Layer, draw
from .fields import Bound, walk
from .spec_form import SpecForm
from .timing import seconds_per_epoch

#: A mistake in one of these leaves the size and the time unknown; one elsewhere does not touch them.
SHAPING = ("layers", "head", "optimizer", "batch_size", "precision")


class Remark(NamedTuple):
    """A sentence and the field it is about; `id` is empty when there is no such field on the page."""

    id: str
    label: str
    text: str

    @property
    def after_label(self) -> str:
        """What follows the label, so that a sentence that begins with it does not say it twice: after
        "Hidden layer 2, units" " must be at least 1, but is 0."."""
        own = self.label.rpartition(", ")[2].lower()
        begins = bool(own) and self.text.lower().startswith(f"{own} ")
        return self.text[len(own) :] if begins else f": {self.text}"


class LayerSize(NamedTuple):
    name: str
    shape: str
    n_parameters: int


class Share(NamedTuple):
    """A part of the data as a stretch of a bar that is 1000 wide."""

    name: str
    rows: int
    x: int
    width: int


class Consequences:
    """Everything in the aside. It is worked out from the draft, so that one slip does not empty the page."""

    def __init__(self, form: SpecForm) -> None:
        self.form = form
        self.version = form.version
        self.draft = form.draft

    @property
    def known(self) -> bool:
        """Whether size and time can be told."""
        at_fault = {path.partition(".")[0] for path in self.form.problems}
        return self.draft is not None and not at_fault & set(SHAPING)

    @property
    def sizes(self) -> Sizes:
        """Examples in each part."""
        return Sizes(self.version.n_train, self.version.n_dev, self.version.n_test)

    @property
    def shares(self) -> list[Share]:
        """The parts of the data, side by side."""
        found: list[Share] = []
        start, total = 0, sum(self.sizes)
        for name, rows in zip(Sizes._fields, self.sizes, strict=True):
            width = round(1000 * rows / total)
            found.append(Share(name, rows, start, width))
            start += width
        return found

    @cached_property
    def estimate(self) -> Estimate | None:
        """Parameters and memory. Too much of it is a problem, and then it is just what one wants to see."""
        if self.draft is None or self._unreadable_layers or "head" in self.form.problems:
            return None
        return estimate_for(self.version, self.draft)

    @property
    def _unreadable_layers(self) -> set[int]:
        rows = (path.split(".") for path in self.form.problems if path.startswith("layers."))
        return set() if self.form.complete else {int(parts[1]) for parts in rows if parts[1].isdigit()}

    def _widths(self, spec: Spec) -> tuple[int, int]:
        return self.version.n_features, outputs_for(self.version, spec.head.kind)

    @cached_property
    def seconds(self) -> float | None:
        """How long an epoch takes on this machine."""
        if not self.known or self.draft is None:
            return None
        return seconds_per_epoch(self.draft, *self._widths(self.draft), self.sizes.train, self.sizes.dev)

    @property
    def epoch_time(self) -> str:
        return readable(self.seconds) if self.seconds is not None else ""

    @property
    def run_time(self) -> str:
        if self.seconds is None or self.draft is None or "epochs" in self.form.problems:
            return ""
        return readable(self.seconds * self.draft.epochs)

    @property
    def steps_per_epoch(self) -> int | None:
        if self.draft is None or "batch_size" in self.form.problems:
            return None
        return -(-self.sizes.train // self.draft.batch_for(self.sizes.train))

    @cached_property
    def layer_sizes(self) -> list[LayerSize]:
        """Parameters of each layer, from the first hidden one to the output."""
        if self.estimate is None:
            return []
        return [
            LayerSize(layer_name(name), " × ".join(f"{side:,}" for side in shape), n_parameters)
            for name, shape, n_parameters in self.estimate.layers
        ]

    @cached_property
    def augmented(self) -> str:
        """Images before and after augmentation, as a PNG in base64; empty when nothing is augmented."""
        spec = self.draft
        if spec is None or not spec.augmentations or "augmentations" in self.form.problems:
            return ""
        return augmented(self.version, spec) if self.version.image_shape else ""

    @cached_property
    def drawing(self) -> Drawing | None:
        if self.draft is None:
            return None
        n_features, n_outputs = self._widths(self.draft)
        head = str(HEADS[self.draft.head.kind].model_config["title"])
        layers = [
            Layer(n_features, "inputs", "input"),
            *self._hidden(),
            Layer(n_outputs, head, "output", "head"),
        ]
        return draw(layers)

    def _hidden(self) -> Iterator[Layer]:
        assert self.draft is not None
        for index, layer in enumerate(self.draft.layers):
            title = str(ACTIVATIONS[layer.activation.kind].model_config["title"])
            unknown = f"layers.{index}.units" in self.form.problems and not self.form.complete
            yield Layer(None if unknown else layer.units, title, "hidden", f"layers-{index}-units")

    @cached_property
    def warnings(self) -> list[Remark]:
        """The engine's advice, each at its field; none about values that have to be mended first."""
        if not self.known or self.draft is None:
            return []
        found = warnings_for(self.draft, *self._widths(self.draft), self.sizes.train)
        return [
            self.remark(warning.field, warning.message)
            for warning in found
            if warning.field not in self.form.problems
        ]

    @property
    def marked(self) -> str:
        """The paths that something is said about: the page posts it back, to be told what no longer holds."""
        return " ".join(path for path, bound in self._bound.items() if bound.marked)

    @cached_property
    def errors(self) -> list[Remark]:
        return [self.remark(path, text) for path, text in self.form.problems.items()]

    def remark(self, path: str, text: str) -> Remark:
        """A sentence about the field at `path`."""
        bound = self._bound.get(path)
        return Remark(bound.id, self._labels[path], text) if bound else Remark("", "", text)

    @cached_property
    def _bound(self) -> dict[str, Bound]:
        return {bound.path: bound for field in self.form.fields for bound in walk(field)}

    @cached_property
    def _labels(self) -> dict[str, str]:
        return self.form.labels


def layer_name(name: str) -> str:
    """The engine's "layers.0" is the first hidden layer to a reader."""
    row = name.rpartition(".")[2]
    return f"Hidden {int(row) + 1}" if row.isdigit() else name.capitalize()


def readable(value: float) -> str:
    """0.0213 -> "0.021 s", 75.2 -> "1 min 15 s": two digits are all a forecast is worth."""
    if value < 0.001:
        return "under 1 ms"
    if value < 0.1:
        return f"{value * 1000:.2g} ms"
    return f"{value:.2g} s" if value < 10 else duration(value)

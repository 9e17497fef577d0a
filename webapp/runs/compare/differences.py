"""Exactly what differs in the specs of runs, in the words of the form."""

from dataclasses import dataclass

from engine import Spec
from webapp.runs.forms import schema
from webapp.runs.forms.reading import flatten
from webapp.runs.models import Run
from webapp.runs.pages.presentation import ABSENT

DATASET = "dataset"


@dataclass(frozen=True)
class Difference:
    """A path at which the runs do not all have the same: its title, and the words of each run, in order."""

    path: str
    title: str
    words: list[str]
    values: list[float | str | None]

    def differs(self, index: int, other: int | None) -> bool:
        """Whether two runs differ here."""
        return other is not None and self.words[index] != self.words[other]


def differences(runs: list[Run]) -> list[Difference]:
    """The differing paths in the order of the form; first the dataset's version."""
    datasets = [f"{run.dataset.name}, version {run.version.number}" for run in runs]
    found = [Difference(DATASET, "Dataset", datasets, list(datasets))] if len(set(datasets)) > 1 else []
    flat = [flatten(run.spec) for run in runs]
    paths = dict.fromkeys(path for spec in flat for path in spec if not _is_fixed(path))
    ordered = sorted(paths, key=_place)
    for path in ordered:
        written = [spec.get(path) for spec in flat]
        if len(set(written)) > 1:
            words = [ABSENT if text in (None, "") else _words(path, text) for text in written]
            found.append(Difference(path, title_of(path), words, [_value(path, text) for text in written]))
    return found


def _is_fixed(path: str) -> bool:
    """Whether it is the kind of something of which there is one kind only."""
    return path.endswith(".kind") and isinstance(schema.find(schema.describe(Spec), path), schema.Group)


def _place(path: str) -> tuple[int, list[str | int]]:
    names = list(schema.describe(Spec).fields)
    first = path.partition(".")[0]
    place = names.index(first) if first in names else len(names)
    return place, [part.zfill(4) if part.isdigit() else "" for part in path.split(".")]


def title_of(path: str) -> str:
    """`layers.0.units` -> "Hidden layers 1: Units"; `optimizer.kind` -> "Optimizer"."""
    parts = path.split(".")
    fields = list(schema.steps_into(schema.describe(Spec), parts))
    titles: list[str] = []
    for part, field in zip(parts, fields, strict=False):
        if part.isdigit() and titles:
            titles[-1] += f" {int(part) + 1}"
        elif part != "kind" and field.title:
            titles.append(field.title)
    return ": ".join(titles) or path


def _words(path: str, text: str) -> str:
    field = schema.find(schema.describe(Spec), path)
    match field:
        case schema.Choice() if text in field.kinds:
            return field.kinds[text].title
        case schema.Options():
            return field.labels.get(text, text)
    return text


def _value(path: str, text: str | None) -> float | str | None:
    """A number where the field holds one, to draw it on a scale."""
    if text in (None, ""):
        return None
    if isinstance(schema.find(schema.describe(Spec), path), schema.Number):
        return float(text)
    return _words(path, text)

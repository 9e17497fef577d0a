"""Exactly what differs in the specs of runs, in the words of the form."""

from dataclasses import dataclass

from engine import Spec
from webapp.runs.forms import schema
from webapp.runs.forms.reading import flatten
from webapp.runs.models import Run
from webapp.runs.pages.presentation import ABSENT, written

DATASET = "dataset"
Value = int | float | str | None


@dataclass(frozen=True)
class Difference:
    """A path at which the runs do not all have the same: its title, and the words of each run, in order."""

    path: str
    title: str
    words: list[str]
    values: list[Value]

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
        texts = [spec.get(path) for spec in flat]
        if len(set(texts)) > 1:
            values = [_value(path, text) for text in texts]
            found.append(Difference(path, title_of(path), _words(values, texts), values))
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


def _words(values: list[Value], texts: list[str | None]) -> list[str]:
    """Numbers at a glance, or with all their digits where only these tell two of them apart."""
    words = [ABSENT if value is None else written(value) for value in values]
    if len(set(words)) == len(set(values)):
        return words
    pairs = zip(texts, words, values, strict=True)
    return [text if text and isinstance(value, float) else word for text, word, value in pairs]


def _value(path: str, text: str | None) -> Value:
    """A number where the field holds one, to draw it on a scale; else the words of the form."""
    if text in (None, ""):
        return None
    match schema.find(schema.describe(Spec), path):
        case schema.Number(whole=whole):
            return int(text) if whole else float(text)
        case schema.Choice(kinds=kinds) if text in kinds:
            return kinds[text].title
        case schema.Options(labels=labels):
            return labels.get(text, text)
    return text

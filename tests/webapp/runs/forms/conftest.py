"""Datasets without files, and what a browser would post."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from webapp.datasets.models import Dataset
from webapp.runs.forms.presets import PRESETS
from webapp.runs.forms.reading import flatten

Posted = dict[str, str]


@pytest.fixture
def make_dataset(owner: User) -> Callable[..., Dataset]:
    def make(**fields: Any) -> Dataset:
        digits = {"owner": owner, "name": "Digits", "state": "ready", "task": "multiclass", "n_rows": 1797}
        digits |= {"n_features": 64, "n_outputs": 10, "classes": list("0123456789")}
        return Dataset.objects.create(**(digits | fields))

    return make


@pytest.fixture
def digits(make_dataset: Callable[..., Dataset]) -> Dataset:
    return make_dataset()


@pytest.fixture
def points(make_dataset: Callable[..., Dataset]) -> Dataset:
    return make_dataset(
        name="Points", task="binary", n_rows=400, n_features=2, n_outputs=1, classes=["in", "out"]
    )


@pytest.fixture
def houses(make_dataset: Callable[..., Dataset]) -> Dataset:
    return make_dataset(name="Houses", task="regression", n_rows=500, n_features=8, n_outputs=1, classes=[])


@pytest.fixture
def posted(digits: Dataset) -> Callable[..., Posted]:
    """The default preset of digits as the page posts it, with changes; None leaves a name out."""

    def post(**changes: str | None) -> Posted:
        spec = PRESETS["sensible"].spec_for(digits)
        data: dict[str, str | None] = {"dataset": str(digits.pk), "name": ""}
        data |= flatten(spec.model_dump(mode="json")) | changes
        return {name: text for name, text in data.items() if text is not None}

    return post

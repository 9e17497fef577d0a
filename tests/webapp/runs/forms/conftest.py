"""Datasets without files, and what a browser would post."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.webapp.datasets.factories import a_version
from webapp.datasets.models import Version
from webapp.runs.forms.presets import PRESETS
from webapp.runs.forms.reading import flatten

Posted = dict[str, str]


@pytest.fixture
def make_version(owner: User) -> Callable[..., Version]:
    def make(**fields: Any) -> Version:
        digits = {"owner": owner, "name": "Digits", "task": "multiclass", "n_rows": 1797}
        digits |= {"n_features": 64, "n_outputs": 10, "classes": list("0123456789")}
        return a_version(**(digits | fields))

    return make


@pytest.fixture
def digits(make_version: Callable[..., Version]) -> Version:
    return make_version()


@pytest.fixture
def points(make_version: Callable[..., Version]) -> Version:
    return make_version(
        name="Points", task="binary", n_rows=400, n_features=2, n_outputs=1, classes=["in", "out"]
    )


@pytest.fixture
def houses(make_version: Callable[..., Version]) -> Version:
    return make_version(name="Houses", task="regression", n_rows=500, n_features=8, n_outputs=1, classes=[])


@pytest.fixture
def posted(digits: Version) -> Callable[..., Posted]:
    """The default preset of digits as the page posts it, with changes; None leaves a name out."""

    def post(**changes: str | None) -> Posted:
        spec = PRESETS["sensible"].spec_for(digits)
        data: dict[str, str | None] = {"dataset": str(digits.dataset_id), "name": ""}
        data |= flatten(spec.model_dump(mode="json")) | changes
        return {name: text for name, text in data.items() if text is not None}

    return post

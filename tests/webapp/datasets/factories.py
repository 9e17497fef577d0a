"""Datasets as rows, for tests that need no file and no worker."""

from typing import Any

from webapp.datasets.models import Dataset, Version

OF_DATASET = {field.name for field in Dataset._meta.get_fields()} | {"owner_id"}


def a_dataset(**fields: Any) -> Dataset:
    """A dataset whose version in use is ready; fields go to whichever of the two has them."""
    own = {name: value for name, value in fields.items() if name in OF_DATASET}
    facts = {"state": "ready", "task": "binary", "n_rows": 40, "n_features": 2, "n_outputs": 1}
    facts |= {name: value for name, value in fields.items() if name not in OF_DATASET}
    held = facts["n_rows"] // 5
    facts = {"n_train": facts["n_rows"] - 2 * held, "n_dev": held, "n_test": held} | facts
    dataset = Dataset.objects.begin(**{"name": "points", **own})
    Version.objects.filter(pk=dataset.current_id).update(**facts)
    dataset.current.refresh_from_db()
    return dataset


def a_version(**fields: Any) -> Version:
    """The version in use of `a_dataset`."""
    return a_dataset(**fields).current

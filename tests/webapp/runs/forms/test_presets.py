"""Presets on real data, through the real preparation and the real engine."""

import pytest

from engine import EpochMetrics, train
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.datasets.preparation import heads_for, prepare
from webapp.runs.forms.checks import problems_with
from webapp.runs.forms.presets import DEFAULT, PRESETS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", PRESETS)
@pytest.mark.parametrize("task", ["digits", "points", "houses"])
def test_every_preset_fits_every_dataset(request, task, key):
    dataset = request.getfixturevalue(task)
    spec = PRESETS[key].spec_for(dataset)
    assert spec.head.kind in heads_for(dataset.task)
    assert problems_with(dataset, spec) == {}


@pytest.mark.parametrize("key", PRESETS)
@pytest.mark.parametrize("n_rows", [3, 10, 10_000_000])
def test_presets_cope_with_very_few_and_very_many_examples(make_version, key, n_rows):
    version = make_version(n_rows=n_rows, n_features=4)
    assert problems_with(version, PRESETS[key].spec_for(version)) == {}


@pytest.mark.parametrize(("key", "most"), [("digits", 0.04), ("breast_cancer", 0.05)])
def test_the_default_preset_learns_real_data_well(db, tmp_path, settings, key, most):
    settings.HONE_HOME = tmp_path
    version = Dataset.objects.begin(name=key, builtin=key).current
    ingest(version.pk)
    version.refresh_from_db()
    spec = PRESETS[DEFAULT].spec_for(version)
    epochs = [event for event in train(spec, prepare(version, spec)) if isinstance(event, EpochMetrics)]
    assert epochs[-1].dev_error[0] <= most

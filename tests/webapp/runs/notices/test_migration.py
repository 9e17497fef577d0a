"""Notices of before the time when they held what they tell."""

from importlib import import_module

import pytest
from django.apps import apps

from tests.webapp.runs.factories import a_run
from webapp.runs.models import Notice

pytestmark = pytest.mark.django_db


def test_an_old_notice_gets_the_name_and_the_address_of_its_run(owner):
    runs = [a_run(owner=owner, name=name, state="finished") for name in ("first", "second")]
    for run in runs:
        Notice.objects.create(user=owner, run=run, attempt=1, state="finished")
    import_module("webapp.runs.migrations.0014_names_of_notices").name(apps, None)
    found = [(str(notice), notice.address) for notice in Notice.objects.order_by("pk")]
    assert found == [(f"“{run.name}” has finished", run.get_absolute_url()) for run in runs]

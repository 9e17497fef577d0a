"""The page of a new sweep as a browser meets it."""

import pytest
from django.urls import reverse

from tests.webapp.runs.forms.conftest import digits, make_version, points, posted  # noqa: F401

pytestmark = pytest.mark.django_db
NEW, EDIT = reverse("sweeps:new"), reverse("sweeps:new-edit")


def test_the_page_begins_with_the_learning_rate_as_a_range(as_owner, digits):  # noqa: F811
    answer = as_owner.get(NEW, {"dataset": digits.dataset_id})
    assert answer.status_code == 200
    assert 'name="learning_rate:low" value="1e-5"' in answer.text

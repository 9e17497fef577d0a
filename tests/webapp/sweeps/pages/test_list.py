"""The list of sweeps, and deleting one."""

import pytest
from django.urls import reverse

from tests.webapp.datasets.factories import a_version
from tests.webapp.sweeps.factories import a_sweep, a_trial
from webapp.sweeps.models import Sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
LIST = reverse("sweeps:list")


@pytest.fixture
def three(owner):
    """Names a, b, c with best scores 0.1, 0.2 and none; the newest is first in the list."""
    found = {}
    for name, scores, state in (("c", (), "running"), ("b", (0.3, 0.2), "paused"), ("a", (0.1,), "finished")):
        version = a_version(owner=owner, name=f"data {name}")
        found[name] = a_sweep(owner=owner, version=version, name=name, state=state)
        for score in scores:
            a_trial(found[name], score=score)
        a_trial(found[name], state="pruned", score=0.01)
        a_trial(found[name], state="waiting")
    return found


def names(answer):
    return [row["sweep"].name for row in answer.context["listing"].rows]


def test_a_row_says_how_far_and_how_good(as_owner, three):
    rows = as_owner.get(LIST).context["listing"].rows
    assert [(row["trials"], row["best"]) for row in rows] == [
        ("2", "10.00 %"),
        ("3 of 10", "20.00 %"),
        ("1 of 10", "–"),
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "abc"),
        ("q=B", "b"),
        ("q=data", "abc"),
        ("q=data+c", "c"),
        ("state=paused", "b"),
        ("state=nonsense", "abc"),
        ("sort=best", "abc"),
        ("sort=-best", "bac"),
        ("sort=trials", "cab"),
        ("sort=dataset", "abc"),
        ("q=%00&page=9", "abc"),
    ],
)
def test_it_is_searched_and_sorted(as_owner, three, query, wanted):
    assert "".join(names(as_owner.get(f"{LIST}?{query}"))) == wanted


def test_it_asks_for_news_while_a_sweep_runs(as_owner, three):
    assert "every 2s" in as_owner.get(LIST).text
    assert "every 2s" not in as_owner.get(LIST, {"state": "finished"}, headers={"HX-Request": "true"}).text


def test_without_sweeps_it_says_what_to_do(as_outsider, three):
    text = as_outsider.get(LIST).text
    assert "No sweeps yet" in text
    assert "Configure your first sweep" in text
    assert reverse("sweeps:new") in text


def test_an_ended_sweep_is_deleted(as_owner, three):
    three["a"].trials.update(state="finished")
    answer = as_owner.post(reverse("sweeps:delete", args=[three["a"].pk]), follow=True)
    assert "“a” and its trials were deleted" in answer.text
    assert names(answer) == ["b", "c"]
    assert as_owner.get(three["a"].get_absolute_url()).status_code == 404


def test_one_that_runs_has_to_be_stopped_first(as_owner, three):
    answer = as_owner.post(reverse("sweeps:delete", args=[three["c"].pk]), follow=True)
    assert "stop it first" in answer.text
    assert Sweep.objects.visible_to(three["c"].owner).count() == 3

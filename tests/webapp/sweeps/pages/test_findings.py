"""What a sweep tells on its page, and the next round that follows from it."""

import math

import pytest
from django.urls import reverse

from tests.webapp.sweeps.factories import a_sweep, a_trial
from webapp.sweeps.models import Mark, Sweep
from webapp.sweeps.pages.views_findings import seconds_until_again
from webapp.sweeps.space import LogUniform

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(owner) -> Sweep:
    """A sweep in which the learning rate alone decides: 0.01 is best."""
    sweep = a_sweep(owner=owner, state="finished", name="digits")
    for i in range(40):
        rate = 10 ** (-4 + 4 * i / 39)
        values = {"learning_rate": rate, "batch_size": (16, 32, 64, 128)[i % 4]}
        values["optimizer.kind"] = ("adam", "momentum")[i % 3 == 0]
        a_trial(sweep, values=values, score=0.02 + 0.1 * abs(math.log10(rate) + 2))
    return sweep


def test_the_panel_says_what_the_best_have_in_common_and_where_to_look_closer(as_owner, told):
    text = as_owner.get(reverse("sweeps:findings", args=[told.pk])).text
    assert "The best 5 of 40 finished trials." in text
    assert "Learning rate" in text
    assert "Start round 2 in this box" in text
    assert 'data-again=""' in text


def test_the_suggested_round_begins_with_one_click_in_a_smaller_box(as_owner, told):
    answer = as_owner.post(reverse("sweeps:next", args=[told.pk]), {"suggested": "box"})
    made = Sweep.objects.get(previous=told)
    assert answer["Location"] == made.get_absolute_url()
    rates = made.planned.space.dimensions["learning_rate"]
    assert isinstance(rates, LogUniform)
    assert 0.0001 < rates.low < 0.01 < rates.high < 1
    assert (made.round, made.planned.trials) == (2, told.planned.trials)


@pytest.fixture
def halved(told) -> Sweep:
    """The same while it runs: pruning has given up all but those around 0.01, and two of these finished."""
    told.plan["pruning"] = {"kind": "halving"}
    told.state = "running"
    told.save()
    for place, trial in enumerate(told.trials.order_by("score")):
        trial.state, trial.epoch = ("pruned", 1) if place > 5 else ("training", 4)
        if place < 2:
            trial.state, trial.epoch = "finished", 27
        trial.save()
        Mark.objects.create(sweep=told, trial=trial, epoch=1, score=0.5 + trial.score)
    return told


def test_where_pruning_lets_few_finish_the_panel_says_by_what_all_are_compared(as_owner, halved):
    text = as_owner.get(reverse("sweeps:findings", args=[halved.pk])).text
    told = (
        "40 trials. 2 of them finished; because of pruning all are compared by how far they came, "
        "and by their dev error there."
    )
    assert f"The best 5 of {told}" in text
    assert f"Decided by the best 5 of {told}" in text
    assert "Start round 2 in this box" in text
    chart = as_owner.get(reverse("sweeps:chart", args=[halved.pk, "importance"])).json()
    assert chart["note"].startswith(f"From {told}")


def test_while_there_are_too_few_trials_nothing_is_suggested(as_owner, owner):
    sweep = a_sweep(owner=owner)
    a_trial(sweep, score=0.1)
    text = as_owner.get(reverse("sweeps:findings", args=[sweep.pk])).text
    assert "too few" in text
    assert "Start round" not in text
    assert 'data-again="8"' in text  # more of them are coming
    answer = as_owner.post(reverse("sweeps:next", args=[sweep.pk]), {"suggested": "box"}, follow=True)
    assert "too few to narrow" in answer.text
    assert Sweep.objects.count() == 1


def test_the_chart_of_what_matters_has_a_bar_with_its_error_for_each_dimension(as_owner, told):
    answer = as_owner.get(reverse("sweeps:chart-csv", args=[told.pk, "importance"]))
    head, first, *others = answer.getvalue().decode("utf-8-sig").strip().splitlines()
    assert head == "dimension,importance,standard deviation"
    assert first.startswith("Learning rate,")
    assert len(others) == 2


def test_nobody_else_sees_it(as_member, told):
    assert as_member.get(reverse("sweeps:findings", args=[told.pk])).status_code == 404


@pytest.mark.parametrize(("took", "again"), [(0.01, 8), (0.5, 20), (3.0, 60)])
def test_what_takes_the_server_long_is_asked_for_more_seldom(took, again):
    assert seconds_until_again(took) == again

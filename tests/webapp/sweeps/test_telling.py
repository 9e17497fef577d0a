"""Notices of sweeps that ended by themselves."""

import json
import logging
import re

import pytest
from django.core import mail
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from tests.webapp.sweeps.factories import a_sweep, a_trial
from tests.webapp.sweeps.sweeping import HEIGHTS, WILD, begun, read, swept, work
from webapp.runs.models import Delivery, Notice, NoticeSettings, Run
from webapp.runs.notices import of_runs
from webapp.runs.notices.tasks import deliver
from webapp.sweeps import control
from webapp.sweeps.models import Sweep, SweepNotice
from webapp.sweeps.pages.presentation import score
from webapp.sweeps.telling import notify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def sweep(owner):
    """A sweep of three trials that has finished; the best has a dev error of 1.4 %."""
    sweep = a_sweep(owner=owner, name="Digits", state="finished", ended=timezone.now(), trained_epochs=12)
    for number in (0.25, 0.014, 0.5):
        a_trial(sweep, run=True, score=number)
    Run.objects.update(test_error=0.98765)
    return sweep


class TestEnding:
    def test_a_sweep_that_has_finished_tells_its_owner_once_and_its_trials_tell_nobody(self):
        sweep = swept(trials=3)
        notice = Notice.objects.get()
        best = score(sweep, sweep.trials.ranked().first().score)
        assert str(notice) == f"“a sweep” has finished: 3 trials, best dev error {best}"
        assert (notice.user, notice.address) == (sweep.owner, sweep.get_absolute_url())
        work()
        assert notify(sweep) is None
        assert Notice.objects.count() == 1

    def test_a_sweep_of_which_nothing_came_tells_that_it_failed_and_why(self):
        space = {"dimensions": {"learning_rate": {"kind": "log", "low": 5, "high": 10}}}
        swept(read(HEIGHTS), WILD, space=space, trials=2)
        notice = Notice.objects.get()
        assert str(notice) == "“a sweep” has failed: 2 trials"
        assert dict(notice.figures)["Reason"].startswith("All of its trials diverged.")

    def test_a_sweep_that_cannot_go_on_tells_that_it_failed(self):
        sweep = begun(trials=2)
        Sweep.objects.filter(pk=sweep.pk).update(plan={"strategy": "of another version"})
        work()
        assert Notice.objects.get().state == "failed"

    def test_a_sweep_that_takes_more_trials_and_ends_again_tells_again(self):
        sweep = swept(trials=1)
        control.add_trials(sweep, 1)
        work()
        assert [notice.outcome.split(",")[0] for notice in Notice.objects.all()] == ["2 trials", "1 trial"]

    def test_nobody_is_told_of_a_sweep_that_they_stopped_or_that_goes_on(self):
        sweep = begun(trials=2)
        assert notify(sweep) is None
        control.pause(sweep)
        assert notify(sweep) is None
        control.stop(sweep)
        work()
        assert notify(sweep) is None
        assert not Notice.objects.exists()

    def test_a_sweep_ends_although_nobody_can_be_told(self, monkeypatch, caplog):
        def refuse(*_):
            raise DatabaseError("The disk is full.")

        monkeypatch.setattr("webapp.runs.notices.telling.channels_of", refuse)
        with caplog.at_level(logging.ERROR):
            sweep = swept(trials=1)
        assert sweep.state == "finished"
        assert not Notice.objects.exists()
        assert f"sweep {sweep.pk} has ended" in caplog.text

    @pytest.mark.parametrize("state", ["finished", "diverged", "failed"])
    def test_a_trial_tells_nobody_even_when_asked_to(self, sweep, state):
        Run.objects.update(state=state)
        assert all(of_runs.notify(run) is None for run in Run.objects.all())


class TestPage:
    def test_the_bell_the_menu_and_the_list_say_how_the_sweep_ended(self, as_owner, as_outsider, sweep):
        notify(sweep)
        bell = as_owner.get(reverse("notices:bell")).text
        (newest,) = json.loads(re.search(r"<script[^>]*>(.*?)</script>", bell)[1])
        assert newest["title"] == "“Digits” has finished: 3 trials, best dev error 1.40 %"
        for name in ("list", "latest"):
            assert "3 trials, best dev error 1.40 %" in as_owner.get(reverse(f"notices:{name}")).text
            assert "Digits" not in as_outsider.get(reverse(f"notices:{name}")).text

    def test_following_a_notice_leads_to_the_sweep_and_reads_all_of_it(self, as_owner, as_outsider, sweep):
        notify(sweep)
        Sweep.objects.update(ended=timezone.now())
        notice = notify(sweep)
        address = reverse("notices:follow", args=[notice.pk])
        assert as_outsider.get(address).status_code == 404
        assert as_owner.get(address).url == sweep.get_absolute_url()
        assert not Notice.objects.unread().exists()

    def test_a_deleted_sweep_takes_its_notices_with_it_and_is_told_of_nowhere(self, as_owner, sweep, hook):
        notify(sweep)
        same = Sweep.objects.get()
        control.delete(sweep)
        assert notify(same) is None
        assert not any(model.objects.exists() for model in (SweepNotice, Notice, Delivery))
        assert "unread" not in as_owner.get(reverse("notices:bell")).text


class TestDeliveries:
    def test_the_webhook_hears_of_the_sweep_but_of_no_test_error(self, sweep, hook, server):
        notify(sweep)
        deliver(Delivery.objects.get().pk)
        told = json.loads(server.heard[0][2])
        assert told["event"] == "sweep.finished"
        assert told["text"] == "“Digits” has finished: 3 trials, best dev error 1.40 %."
        assert told["sweep"]["trials"] == {"finished": 3}
        assert (told["sweep"]["best"], told["sweep"]["best_trial"]) == (0.014, 2)
        assert told["sweep"]["url"] == f"https://hone.example/sweeps/{sweep.pk}/"
        assert b"98765" not in server.heard[0][2]

    def test_an_e_mail_names_the_sweep_and_where_it_is(self, sweep, owner, settings):
        settings.EMAIL_HOST = "mail.example.org"
        NoticeSettings.objects.create(user=owner, email=True, site="https://hone.example/")
        Sweep.objects.update(name="two\nlines")
        notify(sweep)
        deliver(Delivery.objects.get().pk)
        (sent,) = mail.outbox
        assert sent.to == [owner.email]
        assert sent.subject == "Hone: “two lines” has finished: 3 trials, best dev error 1.40 %."
        assert "Best dev error: 1.40 %, trial 2\n" in sent.body
        assert sent.body.endswith(f"https://hone.example/sweeps/{sweep.pk}/")

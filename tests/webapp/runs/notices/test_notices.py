"""Notices of runs that ended: who gets them, and on which ways."""

import json
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run
from webapp.runs import queue
from webapp.runs.models import Delivery, Notice, NoticeSettings, Run
from webapp.runs.notices.of_runs import notify
from webapp.runs.notices.tasks import deliver
from webapp.runs.notices.telling import announce_deliveries
from webapp.runs.tasks import finish
from webapp.runs.training.endings import Ending

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
SETTINGS = reverse("notices:settings")
BELL = reverse("notices:bell")


@pytest.fixture
def run(owner):
    return a_run(owner=owner, version=a_version(owner=owner), name="first", state="finished", attempt=1)


class TestTelling:
    @pytest.mark.parametrize("state", ["finished", "diverged", "failed"])
    def test_the_owner_is_told_once_of_a_run_that_ended_by_itself(self, run, owner, state):
        Run.objects.filter(pk=run.pk).update(state=state)
        assert notify(run).user == owner
        assert notify(run) is None
        assert str(Notice.objects.get()) == f"“first” has {state}"

    @pytest.mark.parametrize("state", ["stopped", "paused", "running"])
    def test_nobody_is_told_of_what_they_did_themselves(self, run, state):
        Run.objects.filter(pk=run.pk).update(state=state)
        assert notify(run) is None

    def test_a_run_that_goes_on_and_ends_again_is_told_again(self, run):
        notify(run)
        Run.objects.filter(pk=run.pk).update(attempt=2)
        assert notify(run)

    def test_a_deleted_run_is_told_of_nowhere(self, as_owner, run):
        notify(run)
        Run.objects.filter(pk=run.pk).update(deleted=timezone.now(), attempt=2)
        assert notify(run) is None
        assert "unread" not in as_owner.get(BELL).text

    def test_the_worker_tells_when_a_run_ends(self, owner):
        run = Run.objects.claim(a_run(owner=owner).pk)
        finish(run, Ending(Run.State.FINISHED, ""))
        assert Notice.objects.get().run == run

    def test_the_reaper_tells_of_a_run_that_killed_its_workers(self, owner):
        run = Run.objects.claim(a_run(owner=owner).pk)
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(hours=1), deaths=2)
        queue.tend()
        assert Notice.objects.get().state == "failed"

    def test_a_lease_that_runs_out_while_the_reaper_looks_is_told_of_too(self, owner):
        run = Run.objects.claim(a_run(owner=owner).pk)
        Run.objects.filter(pk=run.pk).update(deaths=2)
        statements = []

        def run_out_after_the_first(execute, sql, *rest):
            answer = execute(sql, *rest)
            statements.append(sql)
            if len(statements) == 1:
                Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(hours=1))
            return answer

        with connection.execute_wrapper(run_out_after_the_first):
            queue.tend()
        assert (Notice.objects.get().run, Notice.objects.get().state) == (run, "failed")


class TestPage:
    def test_the_bell_counts_what_is_unread_until_it_is_read(self, as_owner, as_outsider, run):
        notify(run)
        text = as_owner.get(BELL).text
        assert "1 unread" in text
        assert "every 15s" in text
        newest = json.loads(re.search(r"<script[^>]*>(.*?)</script>", text)[1])
        assert newest == [
            {
                "id": Notice.objects.get().pk,
                "title": "“first” has finished",
                "url": f"/notices/{Notice.objects.get().pk}/",
            }
        ]
        assert "unread" not in as_outsider.get(BELL).text
        answer = as_owner.post(reverse("notices:read"), headers={"HX-Request": "true"})
        assert answer["HX-Trigger"] == "notices-read"
        assert "unread" not in as_owner.get(BELL).text

    def test_following_a_notice_leads_to_the_run_and_reads_it(self, as_owner, as_outsider, run):
        notice = notify(run)
        address = reverse("notices:follow", args=[notice.pk])
        assert as_outsider.get(address).status_code == 404
        assert as_owner.get(address).url == run.get_absolute_url()
        notice.refresh_from_db()
        assert notice.read

    def test_the_list_and_the_menu_show_ones_own_notices(self, as_owner, as_outsider, run):
        notify(run)
        for name in ("list", "latest"):
            assert "first" in as_owner.get(reverse(f"notices:{name}")).text
            assert "first" not in as_outsider.get(reverse(f"notices:{name}")).text
        assert "No notices yet" in as_outsider.get(reverse("notices:list")).text
        assert as_owner.post(reverse("notices:read")).url == reverse("notices:list")


class TestSettings:
    def test_a_webhook_gets_a_secret_that_is_shown_once(self, as_owner, owner, settings):
        settings.HONE_WEBHOOK_PRIVATE = True
        answer = as_owner.post(SETTINGS, {"webhook": "http://127.0.0.1:9/x"})
        kept = NoticeSettings.of(owner)
        assert kept.secret in answer.text
        assert len(kept.secret) == 64
        assert kept.site == "http://testserver/"
        assert kept.secret not in as_owner.get(SETTINGS).text
        answer = as_owner.post(SETTINGS, {"webhook": "http://127.0.0.1:9/y"})
        assert kept.secret not in answer.text
        answer = as_owner.post(reverse("notices:secret"))
        assert NoticeSettings.of(owner).secret in answer.text
        assert NoticeSettings.of(owner).secret != kept.secret

    def test_a_private_address_is_refused_and_kept_in_the_field(self, as_owner, owner):
        answer = as_owner.post(SETTINGS, {"webhook": "http://127.0.0.1:9/x"})
        assert answer.status_code == 422
        assert "private network" in answer.text
        assert 'value="http://127.0.0.1:9/x"' in answer.text
        assert NoticeSettings.of(owner).webhook == ""

    def test_no_e_mail_is_promised_where_none_can_be_sent(self, as_owner, owner, settings):
        answer = as_owner.post(SETTINGS, {"email": "on"})
        assert answer.status_code == 422
        assert "no e-mail server" in answer.text
        settings.EMAIL_HOST = "mail.example.org"
        assert as_owner.post(SETTINGS, {"email": "on"}).status_code == 200
        assert NoticeSettings.of(owner).email

    @pytest.mark.parametrize("channel", ["webhook", "email", "pigeon", ""])
    def test_a_trial_needs_somewhere_to_go(self, as_owner, channel):
        answer = as_owner.post(reverse("notices:trial"), {"channel": channel})
        assert answer.status_code == 422
        assert not Delivery.objects.exists()

    def test_trials_do_not_pile_up(self, as_owner, hook):
        for _ in range(7):
            answer = as_owner.post(reverse("notices:trial"), {"channel": "webhook"})
        assert "on their way still" in answer.text
        assert Delivery.objects.count() == 5

    def test_what_became_of_a_trial_is_shown(self, as_owner, hook, server):
        as_owner.post(reverse("notices:trial"), {"channel": "webhook"})
        assert "every 2s" in as_owner.get(SETTINGS).text
        deliver(Delivery.objects.get().pk)
        text = as_owner.get(reverse("notices:deliveries")).text
        assert "Answered 200" in text
        assert "every 2s" not in text
        assert json.loads(server.heard[0][2])["event"] == "trial"


class TestDeliveries:
    def test_the_webhook_hears_of_the_run_but_not_of_its_test_error(self, run, hook, server):
        Run.objects.filter(pk=run.pk).update(best_dev_error=0.125, test_error=0.98765)
        notify(run)
        deliver(Delivery.objects.get().pk)
        told = json.loads(server.heard[0][2])
        assert told["event"] == "run.finished"
        assert told["run"]["best_dev_error"] == 0.125
        assert told["run"]["url"] == f"https://hone.example/runs/{run.pk}/"
        assert b"98765" not in server.heard[0][2]
        assert Delivery.objects.get().state == "sent"

    def test_what_was_sent_is_not_sent_again(self, run, hook, server):
        notify(run)
        for _ in range(3):
            deliver(Delivery.objects.get().pk)
        assert len(server.heard) == 1

    def test_a_failure_is_tried_three_times_with_longer_and_longer_waits(
        self,
        run,
        hook,
        server,
    ):
        NoticeSettings.objects.update(webhook=f"{server.address}/500")
        notify(run)
        pk, waits = Delivery.objects.get().pk, []
        for _ in range(3):
            deliver(pk)
            delivery = Delivery.objects.get()
            waits.append((delivery.due - timezone.now()).total_seconds())
            announce_deliveries()
        assert waits[1] > 5 * waits[0] > 50
        assert (delivery.state, delivery.tries, delivery.answer) == ("failed", 3, "Answered 500.")

    def test_a_redirect_is_not_followed_and_said(self, run, hook, server):
        NoticeSettings.objects.update(webhook=f"{server.address}/302")
        notify(run)
        deliver(Delivery.objects.get().pk)
        assert "redirects are not followed" in Delivery.objects.get().answer
        assert len(server.heard) == 1

    def test_an_address_that_became_private_is_refused_when_it_is_sent(self, run, hook, server, settings):
        settings.HONE_WEBHOOK_PRIVATE = False
        notify(run)
        deliver(Delivery.objects.get().pk)
        assert "private network" in Delivery.objects.get().answer
        assert server.heard == []

    def test_a_server_that_is_away_is_tried_again(self, run, hook):
        NoticeSettings.objects.update(webhook="http://127.0.0.1:9/")
        notify(run)
        deliver(Delivery.objects.get().pk)
        delivery = Delivery.objects.get()
        assert delivery.state == "waiting"
        assert "No connection" in delivery.answer

    def test_the_reaper_sends_again_what_is_due(self, run, hook, monkeypatch):
        sent = []
        monkeypatch.setattr("webapp.runs.notices.telling.send", lambda task, pk: sent.append(pk))
        notify(run)
        announce_deliveries()
        assert sent == []
        Delivery.objects.update(state="sending", due=timezone.now() - timedelta(seconds=1))
        announce_deliveries()
        announce_deliveries()
        assert sent == [Delivery.objects.get().pk]
        assert Delivery.objects.get().state == "waiting"

    def test_an_e_mail_names_the_run_and_where_it_is(self, run, owner, settings):
        settings.EMAIL_HOST = "mail.example.org"
        NoticeSettings.objects.create(user=owner, email=True, site="https://hone.example/")
        Run.objects.filter(pk=run.pk).update(name="two\nlines", state="failed", reason="Too large.")
        notify(run)
        deliver(Delivery.objects.get().pk)
        (sent,) = mail.outbox
        assert sent.to == [owner.email]
        assert sent.subject == "Hone: “two lines” has failed."
        assert "Too large." in sent.body
        assert f"https://hone.example/runs/{run.pk}/" in sent.body

    def test_no_e_mail_goes_to_somebody_without_an_address(self, run, owner, settings):
        settings.EMAIL_HOST = "mail.example.org"
        NoticeSettings.objects.create(user=owner, email=True)
        type(owner).objects.update(email="")
        notify(Run.objects.get(pk=run.pk))
        assert not Delivery.objects.exists()

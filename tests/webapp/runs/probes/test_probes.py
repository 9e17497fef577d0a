"""Probes of a run, answered as a worker does."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.runs.factories import a_run, a_spec
from tests.webapp.runs.test_tasks import SIDES, read
from webapp.charts.payload import payload
from webapp.datasets.models import Dataset
from webapp.runs import tasks
from webapp.runs.models import Probe, Run
from webapp.runs.probes.asking import ask
from webapp.runs.probes.kinds import KINDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def run(owner) -> Run:
    return a_run(a_spec(batch_size=8, epochs=4), version=read(SIDES), owner=owner)


def asked(run: Run, kind: str) -> Probe:
    probe = ask(run, kind, run.owner)
    tasks.probe_run(probe.pk)
    probe.refresh_from_db()
    return probe


def test_the_range_test_suggests_a_rate_and_says_why(run):
    probe = asked(run, "range_test")
    assert probe.state == "done"
    assert probe.result["rates"][0] == pytest.approx(1e-6)
    assert len(probe.result["rates"]) == len(probe.result["costs"])
    assert probe.result["verdict"]


def test_one_batch_is_learnt_by_heart_or_the_verdict_says_what_is_wrong(run):
    probe = asked(run, "overfit_batch")
    assert probe.state == "done"
    assert probe.result["costs"][-1] < probe.result["costs"][0]
    assert probe.result["verdict"]


def test_the_surface_has_the_way_of_the_training_on_it(run):
    tasks.train_run(run.pk)
    probe = asked(run, "loss_surface")
    assert (probe.state, probe.reason) == ("done", "")
    assert len(probe.result["trajectory"]) == len(probe.result["steps"])
    assert probe.result["steps"][-1] == 12


def test_without_a_checkpoint_there_is_no_surface_and_it_says_what_to_do(run):
    probe = asked(run, "loss_surface")
    assert (probe.state, probe.reason) == ("failed", "The run has no checkpoint yet: take one first.")


def test_a_probe_changes_nothing_in_its_run(run):
    tasks.train_run(run.pk)
    before = Run.objects.filter(pk=run.pk).values().get()
    for kind in KINDS:
        asked(run, kind)
    assert Run.objects.filter(pk=run.pk).values().get() == before


def test_a_probe_that_is_on_its_way_is_not_asked_twice(run):
    assert ask(run, "range_test", run.owner) == ask(run, "range_test", run.owner)


def test_a_probe_whose_worker_died_is_given_up_and_can_be_asked_again(run):
    probe = ask(run, "range_test", run.owner)
    Probe.objects.update(state="running", begun=Now() - timedelta(minutes=6))
    assert asked(run, "range_test").state == "done"
    probe.refresh_from_db()
    assert (probe.state, "ask again" in probe.reason) == ("failed", True)


@pytest.mark.parametrize("facts", [{"state": "running", "begun": Now()}, {"state": "queued"}])
def test_a_probe_that_waited_long_for_its_worker_is_not_given_up(run, facts):
    probe = ask(run, "range_test", run.owner)
    Probe.objects.update(created=Now() - timedelta(minutes=59), **facts)
    call_command("reaper", "--once")
    assert ask(run, "range_test", run.owner) == probe
    probe.refresh_from_db()
    assert probe.state == facts["state"]


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "running", "begun": Now() - timedelta(minutes=6)},
        {"created": Now() - timedelta(minutes=61)},
    ],
)
def test_the_reaper_gives_up_what_is_lost_and_the_page_then_offers_to_ask_again(as_owner, run, facts):
    ask(run, "range_test", run.owner)
    Probe.objects.update(**facts)
    call_command("reaper", "--once")
    text = as_owner.get(reverse("runs:probe", args=[run.pk, "range_test"])).text
    assert "No worker has answered it in time: ask again." in text
    assert ">Again</button>" in text


def test_to_look_at_a_run_or_a_probe_writes_nothing(as_owner, run):
    ask(run, "range_test", run.owner)
    for address in (run.get_absolute_url(), reverse("runs:probe", args=[run.pk, "range_test"])):
        with CaptureQueriesContext(connection) as queries:
            assert as_owner.get(address).status_code == HTTPStatus.OK
        assert not [query for query in queries if not query["sql"].startswith("SELECT")]


def test_files_that_are_gone_fail_the_probe_in_words(run):
    (run.version.folder / "features.npy").unlink()
    probe = asked(run, "range_test")
    assert probe.state == "failed"
    assert "FileNotFoundError" in probe.reason


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_can_be_drawn(run, kind):
    tasks.train_run(run.pk)
    figure = payload(KINDS[kind].draw(asked(run, kind).result))
    assert figure["data"]


def test_the_card_shows_the_answer(as_owner, run):
    address = reverse("runs:probe", args=[run.pk, "range_test"])
    assert "Try it" in as_owner.get(address).text
    answer = as_owner.post(address, headers={"HX-Request": "true"})
    assert "Waits for a worker" in answer.text
    tasks.probe_run(run.probes.get().pk)
    assert "figure-range_test" in as_owner.get(address).text


def test_an_unknown_probe_and_another_persons_run_are_not_there(as_owner, as_member, run):
    unknown = reverse("runs:probe", args=[run.pk, "x-ray"])
    assert as_owner.get(unknown).status_code == HTTPStatus.NOT_FOUND
    hers = reverse("runs:probe", args=[run.pk, "range_test"])
    assert as_member.post(hers).status_code == HTTPStatus.NOT_FOUND
    assert not run.probes.exists()


def test_a_run_in_quarantine_or_too_large_is_not_probed(run, settings):
    Dataset.objects.update(quarantine="Damaged: torn.")
    assert "is in quarantine" in asked(run, "range_test").reason
    Dataset.objects.update(quarantine="")
    settings.HONE_RUN_MEMORY_BYTES = 1000
    assert "lower the units" in asked(run, "overfit_batch").reason

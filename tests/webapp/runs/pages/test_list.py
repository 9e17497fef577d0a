"""The list of runs: its search box, columns, news, and what is done to many runs at once."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.db.models.signals import post_init
from django.urls import reverse
from django.utils import timezone

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec, write_chunks
from tests.webapp.sweeps.factories import a_sweep, a_trial
from webapp.datasets.models import Dataset
from webapp.runs.deleting import hide, sweep
from webapp.runs.labels.tags import set_tags
from webapp.runs.models import Checkpoint, Command, Run
from webapp.runs.models.checkpoint import files_of, folder_of
from webapp.sweeps import control

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
LIST = reverse("runs:list")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def version(owner):
    return a_version(owner=owner)


@pytest.fixture
def three(owner, version):
    """Names a, b, c with learning rates 0.1, 0.01, 0.001; the newest is first in the list."""
    return [
        a_run(a_spec(learning_rate=rate), owner=owner, version=version, name=name, state="finished")
        for name, rate in (("c", 0.001), ("b", 0.01), ("a", 0.1))
    ]


def names(answer):
    return [row["run"].name for row in answer.context["listing"].rows]


def bulk(client, action, runs=(), **more):
    posted = {"action": action, "run": [getattr(run, "pk", run) for run in runs], **more}
    return client.post(reverse("runs:bulk"), posted, follow=True)


class TestSearch:
    def test_the_box_takes_the_search_language(self, as_owner, three):
        assert names(as_owner.get(LIST, {"q": "lr<0.05"})) == ["b", "c"]

    def test_a_query_that_makes_no_sense_is_answered_beside_the_box_and_the_list_stays(self, as_owner, three):
        answer = as_owner.get(LIST, {"q": "a optimizer:adm"})
        assert names(answer) == ["a", "b", "c"]
        assert "Word 2, <code>optimizer:adm</code>" in answer.text
        assert "<code>adam</code>" in answer.text
        answer = as_owner.get(LIST, {"q": "a optimizer:adm"}, headers=HTMX)
        assert answer["HX-Reswap"] == "none"
        assert 'id="search-problem"' in answer.text
        assert "<table" not in answer.text

    def test_what_is_wrong_is_gone_with_the_next_search(self, as_owner, three):
        answer = as_owner.get(LIST, {"q": "b"}, headers=HTMX)
        assert 'id="search-problem" aria-live="polite" hx-swap-oob="true"' in answer.text
        assert "field__error" not in answer.text

    def test_the_help_names_every_quantity(self, as_owner, three):
        text = as_owner.get(LIST).text
        for name in ("lr", "batch_size", "units", "optimizer", "early_stopping.patience", "dev_error"):
            assert f">{name}</code>" in text
        assert "test_error" not in text


class TestColumns:
    def test_chosen_columns_are_in_the_address_and_remembered(self, as_owner, as_member, three):
        address = reverse("runs:columns")
        answer = as_owner.post(
            address, {"column": ["batch_size", "layers.units", "owner"], "query": "q=b&page=3"}
        )
        assert answer.url == f"{LIST}?q=b&columns=batch_size%2Clayers.units"
        text = as_owner.get(LIST).text
        assert "Batch size</a>" in text
        assert "Units</a>" in text
        assert "Batch size</a>" not in as_owner.get(LIST, {"columns": ""}).text

    def test_a_column_shows_what_is_in_the_spec(self, as_owner, owner, three):
        answer = as_owner.get(
            LIST, {"columns": "optimizer,layers.units,batch_norm.epsilon,optimizer.beta,nope"}
        )
        cells = [cell["text"] for cell in answer.context["listing"].rows[0]["cells"]]
        assert cells == ["Adam", "4", "1e-5", "–"]

    @pytest.mark.parametrize(
        "sort", ["lr", "-lr", "tags", "star", "seed", "optimizer", "layers.units", "ended"]
    )
    def test_every_shown_column_sorts(self, as_owner, three, sort):
        set_tags(three[1], ["z", "a"])
        Run.objects.filter(pk=three[2].pk).update(ended=timezone.now())
        answer = as_owner.get(LIST, {"sort": sort, "columns": "seed,optimizer,layers.units,ended"})
        wanted = {
            "lr": ["c", "b", "a"],
            "-lr": ["a", "b", "c"],
            "tags": ["b", "a", "c"],
            "ended": ["a", "b", "c"],
        }
        assert names(answer) == wanted.get(sort, ["a", "b", "c"])


class TestNews:
    def seen(self, text):
        return json.loads(html.unescape(re.search(r"hx-vals='([^']*)'", text)[1]))

    def test_nothing_new_is_no_answer(self, as_owner, owner, version):
        a_run(owner=owner, version=version, state="running")
        values = self.seen(as_owner.get(LIST, {"q": "state:running"}).text)
        assert values["q"] == "state:running"
        assert as_owner.get(LIST, values, headers=HTMX).status_code == 204

    def test_only_the_rows_that_changed_come(self, as_owner, owner, version, three):
        run = a_run(owner=owner, version=version, state="running", name="live one")
        values = self.seen(as_owner.get(LIST).text)
        Run.objects.filter(pk=run.pk).update(epoch=2)
        answer = as_owner.get(LIST, values, headers=HTMX)
        assert re.findall(r'<tr id="run-(\d+)"', answer.text) == [str(run.pk)]
        assert "2 of 3" in answer.text
        assert as_owner.get(LIST, self.seen(answer.text), headers=HTMX).status_code == 204

    def test_the_whole_table_comes_when_there_are_other_runs(self, as_owner, owner, version):
        a_run(owner=owner, version=version, state="running")
        values = self.seen(as_owner.get(LIST).text)
        a_run(owner=owner, version=version, name="newcomer")
        answer = as_owner.get(LIST, values, headers=HTMX)
        assert 'hx-swap-oob="true"' in answer.text.partition(">")[0]
        assert "newcomer" in answer.text
        assert "seen" not in re.search(r'data-query="([^"]*)"', answer.text)[1]

    def test_the_last_news_end_the_asking(self, as_owner, owner, version):
        run = a_run(owner=owner, version=version, state="running")
        values = self.seen(as_owner.get(LIST).text)
        Run.objects.filter(pk=run.pk).update(state="finished")
        text = as_owner.get(LIST, values, headers=HTMX).text
        assert "badge--finished" in text
        assert "every 2s" not in text


class TestBulk:
    def test_tags_are_added_and_removed(self, as_owner, three):
        answer = bulk(as_owner, "tag", three[:2], tags="Baseline, x", query="sort=name")
        assert "2 runs tagged baseline, x" in answer.text
        assert answer.request["QUERY_STRING"] == "sort=name"
        bulk(as_owner, "untag", three[:1], tags="x")
        assert [[tag.name for tag in run.tags.all()] for run in three] == [
            ["baseline"],
            ["baseline", "x"],
            [],
        ]

    @pytest.mark.parametrize(("written", "why"), [("", "Write the tags"), ("y" * 41, "at most 40")])
    def test_what_are_no_tags_is_refused(self, as_owner, three, written, why):
        assert why in bulk(as_owner, "tag", three, tags=written).text

    def test_everything_that_was_found_is_starred_and_nothing_else(self, as_owner, three):
        bulk(as_owner, "star", three[:1], all="1", query="q=lr<0.05")
        assert [run.starred for run in Run.objects.order_by("name")] == [False, True, True]
        bulk(as_owner, "unstar", all="1", query="")
        assert not Run.objects.filter(starred=True).exists()

    def test_live_runs_are_stopped_and_ended_ones_left(self, as_owner, owner, version, three):
        live = Run.objects.claim(a_run(owner=owner, version=version).pk)
        answer = bulk(as_owner, "stop", [live, three[0]])
        assert "1 run told to stop. 1 run had ended already." in answer.text
        assert Command.objects.get().run == live

    @pytest.mark.parametrize(
        ("action", "words"),
        [("stop", "0 runs told to stop. 600 runs left to the sweep"), ("delete", "and 597 more. Stop them")],
    )
    def test_of_many_live_runs_only_the_chosen_are_looked_at(self, as_owner, owner, version, action, words):
        trial = {"owner": owner, "version": version, "is_trial": True, "state": "running", "name": "live"}
        runs = Run.objects.bulk_create(
            Run(**trial, spec=a_spec().model_dump(mode="json")) for _ in range(700)
        )
        chosen, read = runs[:600], []

        def note(instance, **_):
            read.append(instance.pk)

        post_init.connect(note, sender=Run)
        try:
            answer = bulk(as_owner, action, chosen, query="q=nothing")
        finally:
            post_init.disconnect(note, sender=Run)
        assert words in answer.text
        assert sorted(read) == [run.pk for run in chosen]

    def test_nothing_chosen_and_nothing_known_is_said(self, as_owner, three):
        assert "No run is chosen" in bulk(as_owner, "star").text
        assert "What can be done: compare, tag" in bulk(as_owner, "explode", three).text
        assert "No run is chosen" in bulk(as_owner, "delete", all="1", query="q=lr<x").text
        assert Run.objects.present().count() == 3

    def test_other_peoples_runs_are_left_alone(self, as_outsider, three):
        for action in ("star", "delete", "tag"):
            assert "No run is chosen" in bulk(as_outsider, action, [*three, "9" * 400, "x"], tags="x").text
        assert Run.objects.present().filter(starred=False).count() == 3


class TestDelete:
    def undo(self, client, text):
        moment = re.search(r'name="moment" value="([^"]+)"', text)[1]
        return client.post(reverse("runs:undelete"), {"moment": html.unescape(moment)}, follow=True)

    def test_deleted_runs_are_gone_at_once_and_come_back(self, as_owner, three):
        answer = bulk(as_owner, "delete", three[:2])
        assert "2 runs deleted." in answer.text
        assert names(answer) == ["a"]
        assert as_owner.get(three[0].get_absolute_url()).status_code == 404
        answer = self.undo(as_owner, answer.text)
        assert "2 runs are back" in answer.text
        assert names(answer) == ["a", "b", "c"]

    def test_the_list_still_offers_the_undo_when_the_message_is_gone(self, as_owner, three):
        bulk(as_owner, "delete", three)
        answer = as_owner.get(LIST)
        assert "Deleted in the last ten minutes" in answer.text
        assert "3 runs are back" in self.undo(as_owner, answer.text).text

    def test_a_live_run_is_refused_with_advice_and_the_others_go(self, as_owner, owner, version, three):
        live = a_run(owner=owner, version=version, name="live one", state="running")
        paused = a_run(owner=owner, version=version, name="paused one", state="paused")
        answer = bulk(as_owner, "delete", [live, paused, three[0]])
        assert "1 run deleted" in answer.text
        assert "“live one” (running)" in answer.text
        assert "Stop them first" in answer.text
        assert Run.objects.present().count() == 4

    def test_a_trial_comes_back_but_not_without_its_sweep(self, as_owner, owner, version, three):
        of_a_sweep = a_sweep(owner=owner, version=version, state="finished")
        trials = [a_trial(of_a_sweep, run=True).run for _ in range(2)]
        answer = bulk(as_owner, "delete", [trials[0]], query="q=trial")
        assert "1 run is back" in self.undo(as_owner, answer.text).text
        answer = bulk(as_owner, "delete", [trials[0], three[0]], query="q=trial")
        control.delete(of_a_sweep)
        answer = as_owner.get(LIST)
        assert list(answer.context["hidden"].values()) == [1]
        assert "1 run is back" in self.undo(as_owner, answer.text).text
        assert "Deleted in the last" not in as_owner.get(LIST).text
        gone = Run.objects.get(pk=trials[1].pk).deleted.isoformat()
        answer = as_owner.post(reverse("runs:undelete"), {"moment": gone}, follow=True)
        assert "too late" in answer.text
        assert set(Run.objects.present()) == set(three)

    def test_an_undo_comes_too_late_says_so(self, as_owner, as_outsider, three):
        answer = bulk(as_owner, "delete", three)
        assert "too late" in self.undo(as_outsider, answer.text).text
        Run.objects.all().delete()
        assert "too late" in self.undo(as_owner, answer.text).text

    @pytest.mark.parametrize("moment", ["", "x", "2026-01-01", "2026-13-45T99:00:00Z", "2026-01-01T00:00:00"])
    def test_a_moment_that_makes_no_sense_brings_nothing_back(self, as_owner, three, moment):
        answer = as_owner.post(reverse("runs:undelete"), {"moment": moment}, follow=True)
        assert "too late" in answer.text

    def test_the_sweep_takes_what_was_deleted_long_ago_with_its_files(
        self, owner, three, django_capture_on_commit_callbacks
    ):
        old, recent, kept = three
        hide([old.pk, recent.pk], owner)
        Run.objects.filter(pk=old.pk).update(deleted=timezone.now() - timedelta(minutes=11))
        write_chunks(old, [[1.0]])
        checkpoint = Checkpoint(run=old, attempt=0, step=1, epoch=1, seconds=1, kind="end", size=1)
        folder_of(old.pk).mkdir(parents=True, exist_ok=True)
        checkpoint.path.write_bytes(b"x")
        checkpoint.save()
        with django_capture_on_commit_callbacks(execute=True):
            assert sweep() == 1
        assert list(Run.objects.order_by("name")) == [kept, recent]
        assert not list(files_of(old.pk))

    def test_a_dataset_that_only_deleted_runs_use_can_be_deleted(self, as_owner, owner, version, three):
        address = reverse("datasets:delete", args=[version.dataset_id])
        bulk(as_owner, "delete", three[:2])
        as_owner.post(address)
        assert Dataset.objects.filter(pk=version.dataset_id).exists()
        assert Run.objects.count() == 3  # nothing was forgotten in vain
        bulk(as_owner, "delete", three[2:])
        as_owner.post(address)
        assert not Dataset.objects.filter(pk=version.dataset_id).exists()
        assert not Run.objects.exists()

    def test_deleted_runs_are_on_no_page_of_their_dataset(self, as_owner, owner, version, three):
        hide([run.pk for run in three], owner)
        for part in ("settings", "versions"):
            text = as_owner.get(reverse(f"datasets:{part}", args=[version.dataset_id])).text
            assert all(run.get_absolute_url() not in text for run in three)

    def test_the_admin_does_not_list_deleted_runs(self, owner, three, admin_client):
        hide([three[0].pk], owner)
        text = admin_client.get(reverse("admin:runs_run_changelist")).text
        assert reverse("admin:runs_run_change", args=[three[1].pk]) in text
        assert reverse("admin:runs_run_change", args=[three[0].pk]) not in text

    def test_deleting_in_the_admin_is_real(self, three, admin_client):
        admin_client.post(reverse("admin:runs_run_delete", args=[three[0].pk]), {"post": "yes"})
        assert not Run.objects.filter(pk=three[0].pk).exists()

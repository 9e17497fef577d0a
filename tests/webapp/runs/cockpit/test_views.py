"""The cockpit over HTTP: forms, JSON, refusals, and who may do what."""

import json
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.webapp.runs.cockpit.test_commands import a_checkpoint
from tests.webapp.runs.factories import a_run, a_spec
from webapp.runs.cockpit.commands import issue
from webapp.runs.models import Attempt
from webapp.runs.training.keeper import MOST_ASKED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def run(owner):
    return a_run(a_spec(batch_size=8), owner=owner, state="running")


def send(client, run, content, **options):
    return client.post(
        reverse("runs:command", args=[run.pk]), content, content_type="application/json", **options
    )


def test_a_command_in_json_is_stored_and_told_back(as_owner, run):
    answer = send(as_owner, run, {"kind": "change", "values": {"learning_rate": 0.01}, "key": "k1"})
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["state"] == "pending"
    assert run.commands.get().values == {"learning_rate": 0.01}


def test_a_command_from_the_page_tells_it_to_look_at_the_panel_again(as_owner, run):
    answer = as_owner.post(reverse("runs:command", args=[run.pk]), {"kind": "pause"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (HTTPStatus.NO_CONTENT, '{"revision": {}}')
    panel = as_owner.get(reverse("runs:cockpit", args=[run.pk])).text
    assert "waits to be carried out" in panel
    assert 'id="controls"' in panel


def test_without_scripts_a_command_comes_back_to_the_page(as_owner, run):
    answer = as_owner.post(reverse("runs:command", args=[run.pk]), {"kind": "extend", "epochs": "3"})
    assert answer.url == run.get_absolute_url()
    assert run.commands.get().values == {"epochs": 3}


@pytest.mark.parametrize(
    "content",
    [
        " ",
        "[]",
        "7",
        "{",
        '{"kind": 7}',
        '{"kind": "pause", "values": []}',
        "[" * 5000,
        '{"values": {}}',
        '{"kind": "pause", "key": 7}',
    ],
)
def test_what_is_no_command_is_refused_in_words(as_owner, run, content):
    answer = send(as_owner, run, content)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["error"]
    assert run.commands.count() == 0


def test_an_oversized_command_is_refused(as_owner, run):
    answer = send(as_owner, run, json.dumps({"kind": "change", "values": {"l2": "9" * 30_000}}))
    assert "may have 20,000 bytes" in answer.json()["error"]


def test_a_refused_command_from_the_page_says_why_in_the_panel(as_owner, owner):
    run = a_run(owner=owner, state="finished")
    answer = as_owner.post(reverse("runs:command", args=[run.pk]), {"kind": "pause"}, headers=HTMX)
    assert "This run has finished: extend it" in answer.text


def test_a_field_that_is_no_number_is_refused(as_owner, run):
    answer = as_owner.post(
        reverse("runs:command", args=[run.pk]), {"kind": "extend", "epochs": "many"}, headers=HTMX
    )
    assert "“many” is not a number" in answer.text


@pytest.mark.parametrize("name", ["cockpit", "change"])
def test_nobody_else_sees_the_cockpit(as_member, run, name):
    assert as_member.get(reverse(f"runs:{name}", args=[run.pk])).status_code == HTTPStatus.NOT_FOUND


def test_nobody_else_commands_a_run(as_member, run):
    assert send(as_member, run, {"kind": "stop"}).status_code == HTTPStatus.NOT_FOUND
    assert run.commands.count() == 0


def test_the_change_form_changes_only_what_differs(as_owner, run):
    address = reverse("runs:change", args=[run.pk])
    assert "Learning rate" in as_owner.get(address).text
    posted = {"learning_rate": "0.02", "l2": "0", "layers.0.keep_prob": "0.5", "own.do": "1"}
    answer = as_owner.post(address, posted, headers=HTMX)
    assert "close-dialog" in answer["HX-Trigger"]
    assert run.commands.get().values == {"learning_rate": 0.02, "layers.0.keep_prob": 0.5}


def test_a_wrong_value_in_the_change_form_is_shown_at_its_field(as_owner, run):
    answer = as_owner.post(
        reverse("runs:change", args=[run.pk]), {"learning_rate": "fast", "own.do": "1"}, headers=HTMX
    )
    assert "“fast” is not a number" in answer.text
    assert answer["HX-Retarget"] == "#change-fields"
    assert run.commands.count() == 0


def test_another_schedule_brings_its_constants_before_anything_is_changed(as_owner, run):
    answer = as_owner.post(
        reverse("runs:change", args=[run.pk]), {"schedule.kind": "exponential"}, headers=HTMX
    )
    assert 'name="schedule.' in answer.text
    assert run.commands.count() == 0


def test_the_panel_speaks_of_checkpoints_in_words(as_owner, run):
    kept = a_checkpoint(run)
    type(kept).objects.update(dev_error=0.0167)
    run.commands.create(number=1, kind="rewind", values={"checkpoint": kept.pk}, by=run.owner)
    early_stopping = {"kind": "patience", "min_delta": 0}
    run.commands.create(number=2, kind="change", values={"early_stopping": early_stopping}, by=run.owner)
    panel = as_owner.get(reverse("runs:cockpit", args=[run.pk])).text
    assert "1.67 %" in panel
    assert "Went back to step 5" in panel
    assert "patience (min delta 0)" in panel


def test_the_panel_says_how_many_checkpoints_stay_that_were_asked_for(as_owner, run):
    panel = as_owner.get(reverse("runs:cockpit", args=[run.pk])).text
    assert f"of those asked for the newest {MOST_ASKED}" in panel


@pytest.mark.parametrize("table", ["runs_attempt", "runs_checkpoint"])
def test_the_panel_reads_attempts_and_checkpoints_once(as_owner, run, table):
    Attempt.objects.create(run=run, number=1)
    a_checkpoint(run)
    with CaptureQueriesContext(connection) as queries:
        as_owner.get(reverse("runs:cockpit", args=[run.pk]))
    assert len([query for query in queries if f'FROM "{table}"' in query["sql"]]) == 1


def test_a_rewind_is_marked_where_the_run_goes_on_while_that_counts(as_owner, run):
    kept = a_checkpoint(run)
    Attempt.objects.create(run=run, number=1)
    Attempt.objects.create(run=run, number=2, origin=1, checkpoint=kept, step=kept.step)
    run.commands.create(
        number=1,
        kind="rewind",
        values={"checkpoint": kept.pk},
        by=run.owner,
        state="applied",
        step=90,
        attempt=1,
    )
    panel = as_owner.get(reverse("runs:cockpit", args=[run.pk])).text
    assert f'data-step="{kept.step + 1}"' in panel
    Attempt.objects.create(run=run, number=3, origin=1, step=2)
    panel = as_owner.get(reverse("runs:cockpit", args=[run.pk])).text
    assert "data-step=" not in panel


def test_the_configuration_comes_with_the_panel(as_owner, run):
    run.spec["batch_size"] = 4096
    run.save()
    assert "4,096" in as_owner.get(reverse("runs:cockpit", args=[run.pk])).text


def test_branching_from_a_checkpoint_without_a_file_is_refused_in_words(as_owner, run):
    kept = a_checkpoint(run)
    answer = as_owner.get(reverse("runs:branch", args=[run.pk, kept.pk]))
    assert "step 5 is damaged or missing" in answer.text


def test_downloading_a_checkpoint_whose_file_is_gone_is_not_found(as_owner, run):
    address = reverse("runs:checkpoint", args=[run.pk, a_checkpoint(run).pk])
    assert as_owner.get(address).status_code == HTTPStatus.NOT_FOUND


def test_another_runs_checkpoint_is_not_there(as_owner, owner, run):
    kept = a_checkpoint(a_run(owner=owner))
    for name in ("branch", "checkpoint"):
        assert (
            as_owner.get(reverse(f"runs:{name}", args=[run.pk, kept.pk])).status_code == HTTPStatus.NOT_FOUND
        )


def test_half_of_a_letter_is_no_command(as_owner, run):
    values = {"kind": "change", "values": '{"\\ud800": 1}'}
    answer = as_owner.post(reverse("runs:command", args=[run.pk]), values, headers=HTMX)
    assert answer.status_code == HTTPStatus.OK
    assert "This is no command" in answer.text


def test_a_key_that_is_too_long_for_the_change_form_is_cut(as_owner, run):
    posted = {"learning_rate": "0.02", "own.do": "1", "own.key": "k" * 500}
    assert as_owner.post(reverse("runs:change", args=[run.pk]), posted, headers=HTMX).status_code < 400
    assert run.commands.get().key == "k" * 64


@pytest.mark.parametrize(
    ("kind", "values", "where"),
    [
        ("change", {"learning_rate": 0.5}, "from step 1,235"),
        ("extend", {"epochs": 2}, "after step 1,234"),
        ("checkpoint", {}, "after step 1,234"),
        ("pause", {}, "after step 1,234"),
        ("resume", {}, "after step 1,234"),
        ("stop", {}, "after step 1,234"),
        ("stop_after_epoch", {}, "after step 1,234"),
        ("rewind", {"checkpoint": 0}, "after step 1,234"),
        ("keep", {}, "after step 1,234"),
    ],
)
def test_the_log_says_from_which_step_a_change_holds_and_after_which_all_else_was_done(
    as_owner, run, kind, values, where
):
    command = run.commands.create(number=1, kind=kind, values=values, by=run.owner)
    command.apply(step=1235, epoch=3, attempt=1)
    assert f'<span class="num">{where}</span>' in as_owner.get(reverse("runs:cockpit", args=[run.pk])).text


def test_the_log_and_the_reason_name_the_same_step_of_a_stop(as_owner, owner):
    run = a_run(owner=owner, state="paused", step=1234)
    issue(run, owner, "stop")
    run.refresh_from_db()
    assert "Stopped at step 1,234" in run.reason
    assert "after step 1,234" in as_owner.get(reverse("runs:cockpit", args=[run.pk])).text

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InterfaceError, connection
from django.db.models.functions import Now

from tests.webapp.datasets.factories import a_version
from webapp.runs import queue
from webapp.runs.models import Probe, Run

from .factories import a_run, a_spec, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def own_queue(settings):
    """A queue of this test's own, so that no other message lies in it."""
    from webapp.celery import app

    name = f"training-{uuid.uuid4().hex}"
    before = app.conf.task_default_queue
    app.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE = name
    yield name
    app.conf.task_default_queue = before


def test_a_submitted_run_waits_in_the_database_and_is_announced_on_commit(
    own_queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queue.submit(a_user(), a_version(), a_spec(), "first")
    assert (run.state, run.configuration) == ("queued", a_spec())
    assert queue.messages_waiting() == 1


def test_a_run_whose_message_was_lost_is_announced_again(own_queue):
    Run.objects.filter(pk=a_run().pk).update(queued=Now() - timedelta(minutes=1))
    call_command("reaper", "--once")
    assert queue.messages_waiting() == 1
    call_command("reaper", "--once")
    assert queue.messages_waiting() == 1


def test_a_probe_whose_message_was_lost_is_announced_again(own_queue):
    Probe.objects.create(run=a_run(state="finished"), kind="range_test")
    Probe.objects.update(created=Now() - timedelta(minutes=1))
    call_command("reaper", "--once")
    assert queue.messages_waiting() == 1
    call_command("reaper", "--once")
    assert queue.messages_waiting() == 1


def test_a_run_whose_worker_died_is_queued_and_announced_again(own_queue):
    run = Run.objects.claim(a_run().pk)
    Run.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))
    call_command("reaper", "--once")
    run.refresh_from_db()
    assert run.state == "queued"
    assert queue.messages_waiting() == 1


def test_a_run_is_submitted_even_while_redis_is_away(
    settings, django_capture_on_commit_callbacks, monkeypatch
):
    from kombu.exceptions import OperationalError

    from webapp.celery import app

    def unreachable(*_):
        raise OperationalError("no such socket")

    monkeypatch.setattr(app, "send_task", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        run = queue.submit(a_user(), a_version(), a_spec(), "first")
    assert Run.objects.get(pk=run.pk).state == "queued"


def test_nothing_is_announced_while_redis_cannot_be_asked(settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert queue.messages_waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_the_reaper_opens_another_connection_after_the_database_went_away(monkeypatch):
    def gone():
        connection.ensure_connection()
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(queue, "tend", gone)
    call_command("reaper", "--once")
    assert connection.connection is None

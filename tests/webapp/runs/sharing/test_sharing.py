"""Links to a run: made, followed, revoked."""

import json
import re

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from tests.webapp.runs.factories import a_run, write_chunks
from webapp.runs.labels.tags import set_tags
from webapp.runs.live import consumers
from webapp.runs.live.routing import websocket_urlpatterns as of_runs
from webapp.runs.models import Run, Share
from webapp.runs.sharing.readers import may_see
from webapp.runs.sharing.sockets import websocket_urlpatterns as of_shared_runs

HTMX = {"HX-Request": "true"}
LINK = re.compile(r'id="share-link"[^>]*value="http://testserver/shared/([\w-]+)/"')


@pytest.fixture
def run(owner):
    run = a_run(owner=owner, name="shared run", state="running", attempt=1, n_steps=3, notes="of mine")
    write_chunks(run, [[3.0, 2.0, 1.0]])
    return run


def new_token(client, run):
    return LINK.search(client.post(reverse("runs:share", args=[run.pk]), headers=HTMX).text)[1]


@pytest.mark.django_db
class TestLinks:
    def test_whoever_has_the_link_sees_the_run_without_an_account_or_a_control(self, as_owner, client, run):
        set_tags(run, ["baseline"])
        token = new_token(as_owner, run)
        answer = client.get(reverse("shared:run", args=[token]))
        assert answer.status_code == 200
        for seen in ("shared run", "of mine", "baseline", f"/ws/shared/{token}/", "read only"):
            assert seen in answer.text
        for control in ('method="post"', "hx-post", "hx-get"):
            assert control not in answer.text
        assert f"/runs/{run.pk}/" not in answer.text

    def test_no_search_engine_keeps_it_and_no_other_site_hears_of_it(self, as_owner, client, run):
        token = new_token(as_owner, run)
        for path in (f"/shared/{token}/", "/shared/nothing/", f"/shared/{token}/history/?first=1&last=2"):
            answer = client.get(path)
            assert "noindex" in answer["X-Robots-Tag"]
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "no-store" in answer["Cache-Control"]

    def test_only_a_digest_of_the_token_is_kept(self, as_owner, run):
        token = new_token(as_owner, run)
        share = Share.objects.get()
        assert len(token) >= 43  # 256 bits
        assert token not in json.dumps([str(value) for value in vars(share).values()])
        assert token not in as_owner.get(reverse("runs:share", args=[run.pk])).text
        assert f"…{token[-4:]}" in as_owner.get(reverse("runs:share", args=[run.pk])).text

    def test_a_revoked_link_is_as_one_that_never_was(self, as_owner, client, run):
        token, other = new_token(as_owner, run), new_token(as_owner, run)
        share = Share.objects.of_token(token)
        answer = as_owner.post(reverse("runs:share-revoke", args=[run.pk, share.pk]), headers=HTMX)
        assert f"…{token[-4:]}" not in answer.text
        for one in (token, "x" * 43, "é", "x" * 5000):
            answer = client.get(reverse("shared:run", args=[one]))
            assert answer.status_code == 404
            assert "revoked, or it never was" in answer.text
        assert client.get(reverse("shared:history", args=[token])).status_code == 404
        assert client.get(reverse("shared:run", args=[other])).status_code == 200

    def test_a_deleted_run_is_behind_no_link(self, as_owner, client, run):
        token = new_token(as_owner, run)
        Run.objects.update(deleted="2026-01-01T00:00Z")
        assert client.get(reverse("shared:run", args=[token])).status_code == 404

    def test_nobody_else_makes_or_revokes_links(self, as_owner, as_outsider, run):
        new_token(as_owner, run)
        share = Share.objects.get()
        assert as_outsider.post(reverse("runs:share", args=[run.pk])).status_code == 404
        revoke = reverse("runs:share-revoke", args=[run.pk, share.pk])
        assert as_outsider.post(revoke).status_code == 404
        assert Share.objects.good().count() == 1

    def test_a_link_of_another_run_is_not_revoked_through_this_one(self, as_owner, owner, run):
        other = a_run(owner=owner, version=run.version)
        new_token(as_owner, other)
        share = Share.objects.get()
        assert as_owner.post(reverse("runs:share-revoke", args=[run.pk, share.pk])).status_code == 404

    def test_there_are_at_most_twenty_links(self, as_owner, owner, run):
        for _ in range(20):
            Share.objects.make(run, owner)
        assert "revoke one first" in as_owner.post(reverse("runs:share", args=[run.pk])).text
        assert Share.objects.count() == 20

    def test_every_part_of_the_page_opens_by_link_and_none_without_a_good_one(self, as_owner, client, run):
        token = new_token(as_owner, run)
        parts = ["", "history/", "charts/confusion/", "charts/cost/csv/", "log/"]
        for part in parts:
            answer = client.get(f"/shared/{token}/{part}")
            assert answer.status_code == 200, part
            assert "noindex" in answer["X-Robots-Tag"]
            assert client.get(f"/shared/nothing/{part}").status_code == 404
            assert client.post(f"/shared/{token}/{part}").status_code == 405

    def test_a_zoom_gets_its_steps_through_the_link(self, as_owner, client, run):
        address = reverse("shared:history", args=[new_token(as_owner, run)])
        answer = client.get(address, {"first": 2, "last": 3})
        assert answer.json()["series"]["steps"]["cost"] == [2.0, 1.0]
        for query in ({"first": "x", "last": 1}, {"first": 3, "last": 1}, {"names": "test_error"}):
            assert client.get(address, query).status_code == 400


@pytest.mark.django_db
class TestReaders:
    def test_the_owner_and_the_holder_of_a_link_may_see_a_run_and_nobody_else(self, owner, outsider, run):
        share, token = Share.objects.make(run, owner)
        other = a_run(owner=owner, version=run.version)
        assert may_see(owner, run)
        assert may_see(AnonymousUser(), run, token)
        assert may_see(outsider, run, token)
        assert not may_see(outsider, run)
        assert not may_see(AnonymousUser(), run, "")
        assert not may_see(AnonymousUser(), run, token + "x")
        assert not may_see(AnonymousUser(), other, token)
        share.revoke()
        assert not may_see(outsider, run, token)
        assert may_see(owner, run, token)


def socket_at(path, query="", user=None):
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": query.encode(),
        "user": user or AnonymousUser(),
    }
    return ApplicationCommunicator(URLRouter([*of_shared_runs, *of_runs]), scope)


async def is_open(socket):
    await socket.send_input({"type": "websocket.connect"})
    return (await socket.receive_output(timeout=5))["type"] == "websocket.accept"


async def close(socket):
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait(timeout=5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
class TestSockets:
    @pytest.mark.parametrize("way", ["by address", "by query"])
    async def test_a_link_brings_the_news_until_it_is_revoked(self, run, owner, monkeypatch, way):
        monkeypatch.setattr(consumers, "GUARD_SECONDS", 0.05)
        share, token = await sync_to_async(Share.objects.make)(run, owner)
        path, query = (
            (f"/ws/shared/{token}/", "")
            if way == "by address"
            else (f"/ws/runs/{run.pk}/", f"share={token}&attempt=1&after=0")
        )
        socket = socket_at(path, query)
        assert await is_open(socket)
        message = json.loads((await socket.receive_output(timeout=5))["text"])
        assert message["series"]["steps"]["cost"] == [3.0, 2.0, 1.0]
        await sync_to_async(share.revoke)()
        while (output := await socket.receive_output(timeout=5))["type"] == "websocket.send":
            pass
        assert output["type"] == "websocket.close"
        await close(socket)

    async def test_no_good_token_no_socket(self, run, owner):
        other = await sync_to_async(a_run)(owner=owner, version=run.version)
        _, token = await sync_to_async(Share.objects.make)(other, owner)
        assert not await is_open(socket_at("/ws/shared/nothing/"))
        assert not await is_open(socket_at(f"/ws/runs/{run.pk}/", f"share={token}"))
        assert not await is_open(socket_at(f"/ws/runs/{run.pk}/"))

    async def test_the_owners_own_socket_needs_no_link(self, run, owner):
        socket = socket_at(f"/ws/runs/{run.pk}/", user=owner)
        assert await is_open(socket)
        await close(socket)


@pytest.mark.django_db
def test_a_stranger_without_a_link_is_led_to_the_sign_in_page(run):
    assert Client().get(reverse("runs:share", args=[run.pk])).status_code == 302

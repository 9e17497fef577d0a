"""Webhooks against a real server."""

import hashlib
import hmac
import json
from ipaddress import ip_address

import pytest

from webapp.runs.notices import webhook
from webapp.runs.notices.webhook import WebhookRefusedError, is_public, post, target_of

SECRET = "s" * 64


@pytest.fixture
def private(settings):
    settings.HONE_WEBHOOK_PRIVATE = True


def test_the_body_comes_signed(server, private):
    assert post(f"{server.address}/hook?a=1", SECRET, b'{"a": 1}', 7) == 200
    ((path, headers, body),) = server.heard
    assert (path, json.loads(body)) == ("/hook?a=1", {"a": 1})
    signed = headers["X-Hone-Timestamp"].encode() + b"." + body
    mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Hone-Signature"] == f"sha256={mac}"
    assert headers["X-Hone-Delivery"] == "7"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [204, 302, 500])
def test_the_status_is_told_and_no_redirect_followed(server, private, status):
    assert post(f"{server.address}/{status}", SECRET, b"{}", 1) == status
    assert len(server.heard) == 1


def test_a_server_that_does_not_answer_is_left(server, private, monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT", 0.2)
    with pytest.raises(TimeoutError):
        post(f"{server.address}/slow", SECRET, b"{}", 1)


def test_what_is_no_http_is_an_error(server, private):
    with pytest.raises(webhook.http.client.HTTPException):
        post(f"{server.address}/garbage", SECRET, b"{}", 1)


def test_a_server_without_tls_is_not_spoken_to_in_plain_text(server, private):
    with pytest.raises(OSError, match="SSL"):
        post(server.address.replace("http:", "https:"), SECRET, b"{}", 1)
    assert server.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "https://[fe80::1]/",
    ],
)
def test_no_webhook_goes_into_a_private_network(address):
    with pytest.raises(WebhookRefusedError, match="private network"):
        target_of(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://example.org/", "begin with https"),
        ("example.org/hook", "begin with https"),
        ("https://", "name a host"),
        ("https://user:word@example.org/", "name and password"),
        ("https://example.org:port/", "no address"),
        ("https://[1/", "no address"),
        ("http://127.0.0.1/a b", "spaces"),
        ("http://127.0.0.1/\r\nX: y", "spaces"),
        ("https://no-such-host.invalid/", "cannot be found"),
        (f"https://{'a' * 70}.org/", "cannot be found"),
    ],
)
def test_an_address_that_is_none_is_refused(private, address, why):
    with pytest.raises(WebhookRefusedError, match=why):
        target_of(address)


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("fd00::1", False),
        ("240.0.0.1", False),
    ],
)
def test_an_address_in_another_ones_clothes_is_seen_through(ip, public):
    assert is_public(ip_address(ip)) is public

"""Posting JSON to an address that a user gave: signed, short, and never into the laboratory's own network."""

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT = 5.0  # seconds to connect, and as many for the whole answer
Address = IPv4Address | IPv6Address


class WebhookRefusedError(ValueError):
    """Nothing is sent to this address; the message says why."""


class Target(NamedTuple):
    """Where a webhook goes: the address, and the one IP address that was looked at."""

    url: SplitResult
    ip: str
    port: int


def target_of(address: str) -> Target:
    """Look an address up. Raises WebhookRefusedError."""
    try:
        url = urlsplit(address)
        port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    except ValueError:
        raise WebhookRefusedError("This is no address: write https://, a name, and a path.") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise WebhookRefusedError("The address has to begin with https:// or http://, and name a host.")
    if url.username or url.password:
        raise WebhookRefusedError("Leave the name and password out of the address; check the signature.")
    if any(ord(letter) <= 32 or ord(letter) > 126 for letter in address):
        raise WebhookRefusedError("The address may hold no spaces and only plain letters: encode them.")
    return Target(url, _public(url.hostname, port), port)


def _public(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise WebhookRefusedError(f"“{host}” cannot be found: look at the spelling.") from None
    ips = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.HONE_WEBHOOK_PRIVATE and not all(is_public(ip_address(ip)) for ip in ips):
        raise WebhookRefusedError(
            f"“{host}” is in a private network, where webhooks may not go. "
            "Whoever runs the laboratory can allow it with HONE_WEBHOOK_PRIVATE=1."
        )
    return ips[0]


def is_public(ip: Address) -> bool:
    """Whether an address is one of the internet at large; one in another's clothes is looked at itself."""
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if int(ip) >> 32 == 0x64FF9B << 64 else None
        if (inner or nat64) is not None:
            return is_public(inner or nat64)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def sign(secret: str, moment: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the moment, a point, and the body."""
    signature = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signature.hexdigest()}"


def post(address: str, secret: str, body: bytes, number: int) -> int:
    """Post the body; the answer's status. Redirects are not followed.

    The connection goes to the very IP address that was looked at, whatever the name says by then. Raises
    WebhookRefusedError, OSError (TimeoutError, too) or http.client.HTTPException.
    """
    target = target_of(address)
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Hone",
        "X-Hone-Delivery": str(number),
        "X-Hone-Timestamp": moment,
        "X-Hone-Signature": sign(secret, moment, body),
        "Connection": "close",
    }
    path = (target.url.path or "/") + (f"?{target.url.query}" if target.url.query else "")
    connection = _connect(target)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        with suppress(OSError, AttributeError):  # it has ended meanwhile
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(TIMEOUT, give_up)
    timer.start()
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
        if late.is_set():  # whatever its socket, closed under it, made of that
            raise TimeoutError(f"no answer within {TIMEOUT:g} s") from error
        raise
    finally:
        timer.cancel()
        connection.close()


def _connect(target: Target) -> http.client.HTTPConnection:
    """A connection to the IP address, under the name of the host."""
    plain = socket.create_connection((target.ip, target.port), TIMEOUT)
    host = target.url.hostname or ""
    connection = http.client.HTTPConnection(host, target.port, timeout=TIMEOUT)
    if target.url.scheme == "https":
        connection.default_port = 443
        try:
            plain = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
    connection.sock = plain
    return connection

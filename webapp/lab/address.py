"""Where the lab listens, and what a browser on this machine calls that place."""

import contextlib
import os
import socket
from ipaddress import ip_address

from django.conf import settings

from webapp.lab.errors import CannotStartError

PORTS_TO_TRY = 100


def listen(host: str, wanted: int) -> socket.socket:
    """A socket that listens at the first free port from `wanted` on. Raises CannotStartError.

    The lab opens it and keeps it: nobody can take the port while the web server starts (again), and a
    browser that comes in that time waits instead of being turned away.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
        listener = socket.socket(family)
        # So that connections left over from the last lab do not count
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            listener.bind((host, port))
            listener.listen(128)
            return listener
        listener.close()
    raise CannotStartError(
        f"No free port on {host} from {wanted} on. Name another one with --port, or another --host."
    )


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the lab."""
    local = local_name(host)
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"


def local_name(host: str) -> str:
    """A host that can be connected to: the loopback address for a lab that listens everywhere."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def is_local(host: str) -> bool:
    """Whether a browser on this machine reaches the lab through a loopback address."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ip_address(local_name(host)).is_loopback
    return False


def accept_host(host: str) -> None:
    """Let the site answer to the address the lab was told to listen at."""
    if host not in settings.ALLOWED_HOSTS and not is_local(host):
        settings.ALLOWED_HOSTS.append(host)
        os.environ["ALLOWED_HOSTS"] = ",".join(settings.ALLOWED_HOSTS)

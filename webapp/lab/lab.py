"""The whole laboratory on one machine, in the order things happen."""

import contextlib
import os
import signal
import socket
import sys
from ipaddress import ip_address

from django.conf import settings

from webapp.accounts.links import new_link, owner
from webapp.lab.claim import claimed, publish
from webapp.lab.errors import CannotStartError
from webapp.lab.log import Log
from webapp.lab.parts import parts
from webapp.lab.prepare import prepare
from webapp.lab.supervisor import Supervisor

PORTS_TO_TRY = 100


def run(host: str, wanted_port: int) -> None:
    """Start everything, look after it, stop it in good order on SIGINT, SIGTERM or SIGHUP.

    Raises CannotStartError.
    """
    log = Log(sys.stdout)
    with claimed(settings.HONE_HOME):
        port = free_port(host, wanted_port)
        if port != wanted_port:
            log.say(f"Port {wanted_port} is taken; using {port}.")
        accept_host(host)
        supervisor = Supervisor(parts(host, port), log)
        with stopping_on_signals(supervisor):
            look_after(supervisor, host, port)


def look_after(supervisor: Supervisor, host: str, port: int) -> None:
    address = address_of(host, port)
    try:
        supervisor.start(first=True)
        for done in prepare():
            supervisor.log.say(done)
        supervisor.wait_until_ready()
        if not supervisor.stopping:
            supervisor.start(first=False)
            link = new_link(owner())
            supervisor.wait_until_ready()
        if not supervisor.stopping:
            publish(settings.HONE_HOME, address=address)
            welcome(supervisor.log, address, f"{address}{link}", is_local(host))
        supervisor.run()
    finally:
        supervisor.log.say("Stopping.")
        supervisor.stop()
        supervisor.log.say("Stopped.")


def welcome(log: Log, address: str, link: str, local: bool) -> None:
    log.say(f"Hone is at {address}")
    if local:
        log.say("To sign in, open this link on this machine; it works once:")
        log.say(f"    {link}")
        log.say("`manage.py link` prints a fresh one. Ctrl-C stops everything.")
    else:
        log.say("Sign-in links work on this machine only: make an account with `manage.py createsuperuser`.")


@contextlib.contextmanager
def stopping_on_signals(supervisor: Supervisor):
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, supervisor.ask_to_stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def free_port(host: str, wanted: int) -> int:
    """The first free port from `wanted` on. Raises CannotStartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
        with socket.socket(family) as probe, contextlib.suppress(OSError):
            # As uvicorn does, so that a connection left over from the last lab does not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return probe.getsockname()[1]
    raise CannotStartError(
        f"No free port on {host} from {wanted} on. Name another one with --port, or another --host."
    )


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the lab."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"


def is_local(host: str) -> bool:
    """Whether a browser on this machine reaches the lab through a loopback address."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    return False


def accept_host(host: str) -> None:
    """Let the parts answer to the address the lab was told to listen at."""
    if host not in settings.ALLOWED_HOSTS and not is_local(host):
        settings.ALLOWED_HOSTS.append(host)
        os.environ["ALLOWED_HOSTS"] = ",".join(settings.ALLOWED_HOSTS)

"""The whole laboratory on one machine, in the order things happen."""

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

from django.conf import settings
from django.db import connections

from webapp.accounts.links import new_link, owner
from webapp.lab.address import accept_host, address_of, is_local, listen
from webapp.lab.claim import claimed, publish
from webapp.lab.log import Log
from webapp.lab.parts import parts
from webapp.lab.prepare import prepare
from webapp.lab.supervisor import Supervisor


def run(host: str, wanted_port: int) -> None:
    """Start everything, look after it, stop it in good order on SIGINT, SIGTERM or SIGHUP.

    Raises CannotStartError.
    """
    log = Log(sys.stdout)
    with claimed(settings.HONE_HOME):
        accept_host(host)
        listener = listen(host, wanted_port)
        port = listener.getsockname()[1]
        if port != wanted_port:
            log.say(f"Port {wanted_port} is taken; using {port}.")
        supervisor = Supervisor(parts(host, listener), log)
        with stopping_on_signals(supervisor):
            look_after(supervisor, host, listener)


def look_after(supervisor: Supervisor, host: str, listener: socket.socket) -> None:
    address = address_of(host, listener.getsockname()[1])
    try:
        supervisor.start(first=True)
        for done in prepare():
            supervisor.log.say(done)
        supervisor.wait_until_ready()
        if not supervisor.stopping:
            link = new_link(owner())
            # A part that is a copy of this process must not share a connection with it
            connections.close_all()
            supervisor.start(first=False)
            supervisor.wait_until_ready()
        if not supervisor.stopping:
            publish(settings.HONE_HOME, address=address)
            welcome(supervisor.log, address, f"{address}{link}", is_local(host))
        supervisor.run()
    finally:
        supervisor.log.say("Stopping.")
        listener.close()
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
def stopping_on_signals(supervisor: Supervisor) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, supervisor.ask_to_stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""A real laboratory for tests: `manage.py lab` with a home and a port of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

from webapp.lab.process import TETHER

ROOT = Path(__file__).resolve().parent.parent
# What would change the site under test, and belongs to whoever runs the tests
PRIVATE = re.compile(r"(HONE_|REDIS_URL|DATABASE_URL|DJANGO_|SECRET_KEY|ALLOWED_HOSTS|CSRF_TRUSTED)")
START = 90.0  # seconds, on a machine that is busy with other things
LINK = re.compile(r"http://\S+/sign-in/\S+/")

# What tells the command lines of the parts apart, where they are not forked from the lab and named by it
COMMANDS = {
    "redis": "unixsocket",
    "web": "webapp.lab.serve",
    "worker-training": "training@%h",
    "worker-ingestion": "ingestion@%h",
    "reaper": "reaper",
}

Value = TypeVar("Value")


def wait_until(condition: Callable[[], Value], seconds: float, what: str) -> Value:
    """The first true value of `condition`, asked again and again; fails when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.02)
    return value


def free_port() -> int:
    """A port nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_part(process: psutil.Process, name: str) -> bool:
    """Whether `process` is the part that the log calls `name`."""
    return process.name() == name[:15] or COMMANDS[name] in " ".join(process.cmdline())


class Lab:
    """One laboratory in `home`. Its own output is in `log`; `stop` ends it as Ctrl-C does.

    It dies with this process, however that ends, and takes its parts along.

    A test in this process never opens the lab's database: it uses HTTP, a browser, or `manage`.
    """

    def __init__(self, home: Path, *arguments: str, **environment: str) -> None:
        self.home = home
        self.arguments = arguments
        inherited = {name: value for name, value in os.environ.items() if not PRIVATE.match(name)}
        self.environment = {**inherited, "HONE_HOME": str(home), **environment}
        self.log_file = home.with_name(f"{home.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.console: subprocess.Popen[str] | None = None

    def start(self) -> "Lab":
        """Start it and wait for the sign-in link."""
        self.launch()
        wait_until(
            lambda: self.has_ended() or LINK.search(self.log), START, f"the start of the lab\n{self.log}"
        )
        assert not self.has_ended(), self.log
        return self

    def launch(self) -> None:
        """Start it without waiting; the log begins anew."""
        arguments = self.arguments or ("--port", str(free_port()))
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [*TETHER, str(os.getpid()), "0", sys.executable, "manage.py", "lab", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def address(self) -> str:
        """Where it answers, such as http://127.0.0.1:8000."""
        return json.loads((self.home / "lab.json").read_text())["address"]

    @property
    def sign_in_link(self) -> str:
        """The link printed at the start; the first who opens it uses it up."""
        found = LINK.search(self.log)
        assert found, self.log
        return found[0]

    def new_link(self, username: str = "owner") -> str:
        """A fresh link; an account that does not exist yet is made."""
        if username != "owner":
            make = f"User.objects.get_or_create(username={username!r})"
            self.manage("shell", "-v0", "-c", f"from django.contrib.auth.models import User; {make}")
        return self.manage("link", username).strip()

    def manage(self, *arguments: str) -> str:
        """What `manage.py <arguments>` prints in this home. Fails when it does."""
        console = self.console = self.console or self._new_console()
        assert console.stdin
        assert console.stdout
        print(json.dumps(arguments), file=console.stdin, flush=True)
        is_done, printed = json.loads(console.stdout.readline())
        assert is_done, printed
        return printed

    def shell(self, code: str) -> str:
        """What code prints that runs in the laboratory's Django."""
        return self.manage("shell", "-v0", "-c", code)

    def _new_console(self) -> "subprocess.Popen[str]":
        """Django needs seconds to start: one process carries out all that tests ask for."""
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "webapp.settings"}
        command = [sys.executable, "-m", "tests.lab_console"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def try_manage(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def part(self, name: str) -> psutil.Process | None:
        """The process of a part, by its name in the log; None while it has none."""
        return next((child for child in self.children() if is_part(child, name)), None)

    def children(self, recursive: bool = False) -> list[psutil.Process]:
        assert self.process is not None
        return [
            child
            for child in psutil.Process(self.process.pid).children(recursive=recursive)
            if child.status() != psutil.STATUS_ZOMBIE
        ]

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self, number: int = signal.SIGINT, seconds: float = 30.0) -> int:
        """Ask it to stop and wait; its exit code. Kills it, and fails, when it does not end in time."""
        assert self.process is not None
        if self.console is not None:
            self.console.communicate()
            self.console = None
        if not self.has_ended():
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

"""Starting the process of a part, in its own session and tied to the life of the lab.

A Python part runs in a forked copy of the lab, which has Django and everything else in memory already: on
two cores all parts are ready 4 s after the lab was started, and 10 s when each imports for itself. Where
forking is not safe, and for other programs, the command line is started as it stands. Both do the same.
"""

import os
import runpy
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from webapp.lab import tether

DESCRIPTORS = 4096  # more than the lab ever opens
TETHER = (sys.executable, "-I", "-S", tether.__file__)


class Forked:
    """A forked process, with the few methods of subprocess.Popen that a Child needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._collect(os.WNOHANG)

    def wait(self) -> int:
        code = self._collect(0)
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _collect(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


Process = Forked | subprocess.Popen[bytes]


@dataclass(frozen=True)
class Launch:
    """What to run and how; what it prints goes to the descriptor `output`, and it gets those in `keep`."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    nice: int
    output: int
    keep: Sequence[int] = ()
    preload: Sequence[str] = ()


def start(launch: Launch) -> Process:
    if launch.command[0] == sys.executable and forking_is_safe():
        for module in launch.preload:
            import_module(module)
        return fork(launch)
    return subprocess.Popen(
        [*TETHER, str(os.getpid()), str(launch.nice), *launch.command],
        cwd=launch.folder,
        env=launch.environment,
        stdin=subprocess.DEVNULL,
        stdout=launch.output,
        stderr=subprocess.STDOUT,
        pass_fds=launch.keep,
        start_new_session=True,
    )


def forking_is_safe() -> bool:
    """On Linux, while this process has a single thread: a fork copies locks, but not the holders of locks."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def fork(launch: Launch) -> Forked:
    lab = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        live_as_a_part(lab, launch)
    return Forked(pid)


def live_as_a_part(lab: int, launch: Launch) -> NoReturn:
    """The whole life of the forked process. It never returns into the lab's own frames."""
    code = 1
    try:
        become_a_part(lab, launch)
        code = run_python(launch.command[1:])
    except BaseException:
        traceback.print_exc()
    finally:
        leave(code)


def become_a_part(lab: int, launch: Launch) -> None:
    """Give a fresh copy of the lab what a new process has: session, signals, descriptors, environment."""
    os.setsid()
    tether.die_with_parent(lab)
    tether.take_name(launch.name)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(launch.output, 1)
    os.dup2(launch.output, 2)
    # Above all the lab's lock and the pipe to the guardian, which have to end with the lab
    close_all_but(launch.keep)
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.update(launch.environment)
    os.chdir(launch.folder)
    os.nice(launch.nice)


def close_all_but(keep: Sequence[int]) -> None:
    """Close every descriptor except the standard ones and `keep`."""
    below = 3
    for descriptor in (*sorted(keep), DESCRIPTORS):
        os.closerange(below, descriptor)
        below = descriptor + 1


def run_python(arguments: Sequence[str]) -> int:
    """What `python <arguments>` does: run a module (-m) or a file; the exit code."""
    try:
        if arguments[0] == "-m":
            sys.argv = list(arguments[1:])
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = list(arguments)
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def leave(code: int) -> NoReturn:
    """End without the exit handlers, which belong to the lab this process was copied from."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

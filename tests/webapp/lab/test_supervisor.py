"""Starting, restarting and stopping parts, with small programs in the place of the real ones."""

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.lab_process import wait_until
from webapp.lab import child, guardian, process, ready, supervisor
from webapp.lab.errors import CannotStartError
from webapp.lab.log import Log
from webapp.lab.parts import Part
from webapp.lab.supervisor import Supervisor

Make = Callable[..., Supervisor]


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def make(output: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes supervisors of shell commands, and stops them at the end."""
    made: list[Supervisor] = []
    monkeypatch.setattr(supervisor, "GRACE", 0.5)

    def supervise(*parts: Part) -> Supervisor:
        made.append(Supervisor(parts, Log(output)))
        return made[-1]

    yield supervise
    for each in made:
        if not each.stopping:
            each.stop()


def shell(name: str, script: str, **options: object) -> Part:
    return Part(name, ("sh", "-c", script), **options)


def tick_until(supervisor: Supervisor, condition: Callable[[], object], what: str) -> None:
    def look() -> object:
        supervisor._tick()
        return condition()

    wait_until(look, 10, what)


def test_every_line_carries_the_name_of_its_part(make: Make, output: io.StringIO) -> None:
    parts = make(shell("web", "echo one; echo; echo two >&2; printf three"))
    parts.start(first=False)
    tick_until(parts, lambda: "ended" in output.getvalue(), "the end of it")
    words = ("one", "two", "three")
    assert [f"web              | {word}" in output.getvalue().splitlines() for word in words] == [True] * 3


def test_bytes_that_are_no_text_do_not_stop_the_log(make: Make, output: io.StringIO) -> None:
    parts = make(shell("web", r"printf '\377\376 bad\n'; echo good"))
    parts.start(first=False)
    tick_until(parts, lambda: "good" in output.getvalue(), "the good line")


def test_a_part_that_never_starts_ends_the_lab_with_its_name(make: Make) -> None:
    parts = make(shell("web", "echo no such setting; exit 3", is_ready=lambda _pid: False))
    parts.start(first=False)
    with pytest.raises(CannotStartError, match="web did not start"):
        parts.wait_until_ready()


def test_a_part_that_keeps_dying_is_started_ever_more_slowly(make: Make, output: io.StringIO) -> None:
    parts = make(shell("reaper", "exit 1"))
    parts.start(first=False)
    tick_until(parts, lambda: parts.children[0].deaths >= 4, "the fourth death")
    for delay in ("0.2", "0.4", "0.8", "1.6"):
        assert f"reaper ended (exit code 1); starting again in {delay} s." in output.getvalue()


def test_the_wait_between_two_starts_has_an_end(make: Make) -> None:
    part = make(shell("reaper", "exit 1")).children[0]
    assert [part.schedule() for _ in range(20)][-1] == child.SLOWEST


def test_what_a_part_started_goes_with_it(make: Make) -> None:
    parts = make(shell("web", "sleep 600 & sleep 600"))
    parts.start(first=False)
    leader = psutil.Process(parts.children[0].process.pid)
    family = wait_until(
        lambda: len(found := leader.children(recursive=True)) == 2 and found, 10, "two sleeps"
    )
    leader.kill()
    tick_until(parts, lambda: not any(map(alive, family)), "the end of its children")


def test_a_part_that_does_not_listen_is_killed_in_time(make: Make) -> None:
    parts = make(shell("web", "trap '' TERM INT HUP; while :; do sleep 600; done"))
    parts.start(first=False)
    time_before = time.monotonic()
    leader = psutil.Process(parts.children[0].process.pid)
    wait_until(lambda: leader.children(), 10, "the sleep")
    parts.stopping = 1
    parts.stop()
    assert time.monotonic() - time_before < 8
    assert not alive(leader)


def test_the_foundations_stop_last(make: Make, output: io.StringIO) -> None:
    script = "trap 'echo {0} leaves; exit' TERM; echo {0} is here; while :; do sleep 0.02; done"
    redis, web = shell("redis", script.format("redis"), first=True), shell("web", script.format("web"))
    parts = make(redis, web)
    parts.start(first=True)
    parts.start(first=False)
    tick_until(parts, lambda: output.getvalue().count("is here") == 2, "both parts")
    parts.stopping = 1
    parts.stop()
    lines = output.getvalue().splitlines()
    assert lines[-2:] == ["web              | web leaves", "redis            | redis leaves"]


def test_the_guardian_kills_what_is_left_when_the_lab_is_gone() -> None:
    watcher = guardian.Guardian()
    part = process.start(launch("sh", "-c", "sleep 600 & sleep 600"))
    watcher.watch(part.pid)
    family = wait_until(lambda: len(found := tree(part.pid)) == 3 and found, 10, "the processes")
    # What the kernel does for a lab that was killed
    watcher.close()
    assert part.wait() == -signal.SIGKILL
    wait_until(lambda: not any(map(alive, family)), 10, "the end of all of them")


def test_a_guardian_that_was_killed_is_replaced_and_told_everything() -> None:
    watcher = guardian.Guardian()
    part = process.start(launch("sleep", "600"))
    watcher.watch(part.pid)
    watcher.process.kill()
    watcher.process.wait()
    watcher.forget(12345)
    watcher.check()
    watcher.close()
    assert part.wait() == -signal.SIGKILL


def test_a_program_that_is_started_dies_with_its_starter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "forking_is_safe", lambda: False)
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from webapp.lab import process\n"
        "from pathlib import Path\n"
        "def start(*c): return process.start(process.Launch('x', c, Path('.'), dict(os.environ), 0, 1)).pid\n"
        "print(start('sleep', '600'), start(sys.executable, '-c', ''), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    starter = process.start(
        launch(sys.executable, "-c", script, str(Path.cwd()), output=(log := tmp_path / "log"))
    )
    assert starter.wait() == -signal.SIGKILL
    pid = int(log.read_text().split()[0])
    wait_until(lambda: not psutil.pid_exists(pid) or not alive(psutil.Process(pid)), 10, "its end")


def test_a_process_announces_itself_and_an_earlier_word_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "web"
    assert not ready.is_announced(file, os.getpid())
    ready.announce()
    monkeypatch.setenv(ready.VARIABLE, str(file))
    ready.announce()
    assert ready.is_announced(file, os.getpid())
    assert not ready.is_announced(file, os.getpid() + 1)


def test_colours_are_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = Terminal()
    Log(coloured).line("web", "hello")
    assert coloured.getvalue() == "\x1b[36mweb              |\x1b[0m hello\n"
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    Log(plain).line("web", "hello")
    assert plain.getvalue() == "web              | hello\n"


def test_a_terminal_that_is_gone_does_not_stop_the_lab() -> None:
    gone = io.StringIO()
    log = Log(gone)
    gone.close()
    log.say("nobody hears this")


def launch(*command: str, output: Path = Path(os.devnull)) -> process.Launch:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
    return process.Launch("test", command, Path.cwd(), dict(os.environ), 0, descriptor)


def tree(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE

"""The handful of commands."""

import re
import subprocess
from pathlib import Path

import pytest

from tests import chromium

ROOT = Path(__file__).resolve().parents[3]
TARGETS = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()


def make(*words: str) -> str:
    return subprocess.run(
        ["make", "--no-print-directory", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_help_says_what_every_command_does_and_is_what_make_alone_does() -> None:
    lines = make("help").splitlines()
    assert sorted(line.split()[1] for line in lines) == sorted(TARGETS)
    assert all(len(line.split()) > 4 for line in lines)
    assert make() == make("help")


def test_the_commands_of_the_readers_guide_are_there() -> None:
    assert {"run", "test", "lint", "setup", "peers", "bench", "help"} == set(TARGETS)


def test_a_chromium_that_is_named_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-chrome").touch(mode=0o755)
    monkeypatch.setenv("HONE_CHROMIUM", str(tmp_path / "my-chrome"))
    assert chromium.find() == str(tmp_path / "my-chrome")


def test_without_a_browser_and_the_right_to_install_one_the_message_says_how(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(chromium, "ELSEWHERE", ())
    monkeypatch.delenv("HONE_CHROMIUM", raising=False)
    assert chromium.main() == 1
    assert "apt-get install chromium" in capsys.readouterr().err


def test_a_chromium_that_is_named_and_missing_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HONE_CHROMIUM", "/nowhere/chrome")
    monkeypatch.setattr(chromium, "install", pytest.fail)
    assert chromium.main() == 1
    assert "HONE_CHROMIUM" in capsys.readouterr().err

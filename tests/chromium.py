"""Where the browser is that the tests drive; run as a script, it installs one when there is none.

The system's own Chromium is used, from HONE_CHROMIUM or the PATH; nothing is downloaded from elsewhere.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HELP = """\
The browser tests need Chromium, and none was found. Install it and run this again:
    Debian, Ubuntu    sudo apt-get install chromium
    Fedora            sudo dnf install chromium
    Arch              sudo pacman -S chromium
    macOS             brew install --cask chromium
or name the program of an installed one: HONE_CHROMIUM=/path/to/chrome make test"""


def find() -> str | None:
    """The path of a Chromium or Chrome; None when there is none."""
    if named := os.environ.get("HONE_CHROMIUM"):
        return shutil.which(named)
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or next((path for path in ELSEWHERE if Path(path).exists()), None)


def may_install() -> list[str] | None:
    """The words to put before an apt-get command: none for root, `sudo -n` where it asks for no password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    allowed = shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True).returncode == 0
    return sudo if allowed else None


def install() -> None:
    """Install the system's package of Chromium, where we may."""
    before = may_install()
    if before is None:
        return
    print("No Chromium was found; installing the system's package.", flush=True)
    apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"], check=False)
    subprocess.run([*apt, "install", "-y", "--no-install-recommends", "chromium"], check=False)


def main() -> int:
    if find() is None and "HONE_CHROMIUM" not in os.environ:
        install()
    if find() is None:
        print(HELP, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

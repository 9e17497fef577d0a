"""The web server of the lab, on a socket that is open already: `python -m webapp.lab.serve <descriptor>`."""

import socket
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from webapp.lab import ready

LONGEST_MESSAGE = 4096  # bytes that a websocket takes: no page sends any


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        ready.announce()


class Socket(WebSocketsSansIOProtocol):
    """A websocket that is cut when its peer has answered no ping, with all that waits to be sent."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # closing would wait for the peer to read it first


def configured(**changes: Any) -> uvicorn.Config:
    """How the lab serves the site, and what a test wants to be otherwise."""
    options: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        # A header that anybody can write must not make a request come from this machine
        "proxy_headers": False,
        "timeout_graceful_shutdown": 2,
        "ws": Socket,
        "ws_max_size": LONGEST_MESSAGE,
        # Compressing the same message again for each viewer took most of the time of sending it
        "ws_per_message_deflate": False,
    }
    return uvicorn.Config("webapp.asgi:application", **(options | changes))


def main(descriptor: int) -> None:
    Server(configured()).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))

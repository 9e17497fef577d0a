"""The web server of the lab, on a socket that is open already: `python -m webapp.lab.serve <descriptor>`."""

import socket
import sys

import uvicorn

from webapp.lab import ready


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        ready.announce()


def main(descriptor: int) -> None:
    config = uvicorn.Config(
        "webapp.asgi:application",
        log_level="warning",
        access_log=False,
        # A header that anybody can write must not make a request come from this machine
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))

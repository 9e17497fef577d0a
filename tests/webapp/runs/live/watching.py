"""A page that watches a run, and the worker that writes what it sees."""

import json

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.routing import URLRouter

from webapp.runs.history.columns import EPOCHS, pack
from webapp.runs.live.routing import websocket_urlpatterns
from webapp.runs.models import Chunk, Run


class Page:
    """A viewer as the page is one: keeps its cursor and checks that messages join on."""

    def __init__(
        self, run: Run, user, seen: tuple[int, int] = (0, 0), query: str | bytes | None = None
    ) -> None:
        query = f"attempt={seen[0]}&after={seen[1]}" if query is None else query
        scope = {
            "type": "websocket",
            "path": f"/ws/runs/{run.pk}/",
            "query_string": query if isinstance(query, bytes) else query.encode(),
            "user": user,
        }
        self.socket = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
        self.steps: list[int] = []
        self.cursor = seen[1]
        self.state = ""

    async def open(self) -> bool:
        await self.socket.send_input({"type": "websocket.connect"})
        return (await self.socket.receive_output(timeout=5))["type"] == "websocket.accept"

    async def message(self):
        return json.loads((await self.socket.receive_output(timeout=5))["text"])

    async def read(self) -> None:
        message = await self.message()
        assert message["after"] in (self.cursor, 0)
        self.cursor = message["cursor"]
        self.steps += message["series"]["steps"]["step"]
        self.state = message["strip"]["state"]

    async def read_until(self, step: int) -> None:
        while not self.steps or self.steps[-1] < step:
            await self.read()

    async def close(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(timeout=5)


@database_sync_to_async
def append(run: Run, costs: list[float]) -> None:
    last = run.chunks.order_by("sequence").last()
    write_one(run, last.sequence + 1, last.first_step + last.n_steps, costs)


def write_one(run: Run, sequence: int, first: int, costs: list[float]) -> None:
    columns = pack({"cost": costs, "seconds": [0.0] * len(costs)}, dict.fromkeys(EPOCHS, ()))
    Chunk.objects.create(
        run=run, attempt=run.attempt, sequence=sequence, first_step=first, n_steps=len(costs), columns=columns
    )

"""The websocket of a shared run: that of the run, found by the token in the address."""

from typing import Any

from channels.db import database_sync_to_async
from django.urls import path

from webapp.runs.live.consumers import RunConsumer
from webapp.runs.sharing.views import followed


class SharedConsumer(RunConsumer):
    async def connect(self) -> None:
        self.token = self.scope["url_route"]["kwargs"]["token"]
        pk = await self._run()
        if pk is None:
            await self.close()
            return
        await self.join(pk)

    @database_sync_to_async
    def _run(self) -> Any:
        share = followed(self.token)
        return share.run_id if share else None


websocket_urlpatterns = [path("ws/shared/<str:token>/", SharedConsumer.as_asgi())]

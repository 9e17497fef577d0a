"""Where one page's messages wait to be sent: bounded, so that a page that reads nothing costs little."""

import asyncio

MESSAGES = 100  # that a slow viewer may lag behind before it has to connect anew
BYTES = 1 << 20  # of them, unless a single message is longer


class Viewer:
    """Takes messages from the feed and gives them to the socket, in order."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.size = 0

    def hand(self, text: str) -> bool:
        """Hand over one message; False when the viewer lags too far behind and was let go."""
        waiting = self.outbox.qsize()
        if waiting >= MESSAGES or (waiting and self.size + len(text) > BYTES):
            self.dismiss()
            return False
        self.size += len(text)
        self.outbox.put_nowait(text)
        return True

    async def next(self) -> str | None:
        """The next message; None when no more will come."""
        text = await self.outbox.get()
        self.size -= len(text or "")
        return text

    def dismiss(self) -> None:
        """No more will come: the page connects anew and catches up."""
        while not self.outbox.empty():
            self.outbox.get_nowait()
        self.size = 0
        self.outbox.put_nowait(None)

"""The upload protocol, as upload.js speaks it."""

from django.http import HttpResponse
from django.test import Client

IRIS = "sepal,petal,species\n" + "".join(
    f"{4 + i % 5}.5,{1 + i % 3}.25,{('setosa', 'versicolor', 'virginica')[i % 3]}\n" for i in range(30)
)

PIECE = 4 << 20


class Sender:
    """Sends a file from beginning to end; the answer is the first that refuses, or that of finish."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(
        self, content: str | bytes, file_name: str = "table.csv", name: str = "", target: str = ""
    ) -> HttpResponse:
        content = content.encode() if isinstance(content, str) else content
        started = self.start(len(content), file_name)
        if started.status_code != 201:
            return started
        url = started.json()["url"]
        for offset in range(0, len(content), PIECE):
            sent = self.piece(url, offset, content[offset : offset + PIECE])
            if sent.status_code != 200:
                return sent
        return self.finish(url, name, target)

    def start(self, size: int, file_name: str = "table.csv") -> HttpResponse:
        return self.client.post("/datasets/uploads/", {"file_name": file_name, "size": size})

    def piece(self, url: str, offset: int, content: bytes) -> HttpResponse:
        return self.client.patch(
            url, content, content_type="application/octet-stream", headers={"Upload-Offset": str(offset)}
        )

    def finish(self, url: str, name: str = "", target: str = "") -> HttpResponse:
        return self.client.post(f"{url}finish/", {"name": name, "target": target})

"""A server that webhooks go to, for runs and for sweeps."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from webapp.runs.models import NoticeSettings


@pytest.fixture
def server():
    """Answers with the status at the end of the path; /slow never answers."""
    heard, release = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, dict(self.headers), body))
            if self.path == "/slow":
                release.wait(10)
                return
            if self.path == "/garbage":
                self.wfile.write(b"what?\r\n\r\n")
                return
            status = self.path.partition("?")[0].rpartition("/")[2]
            self.send_response(int(status) if status.isdigit() else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    listening.heard, listening.address = heard, f"http://127.0.0.1:{listening.server_port}"
    yield listening
    release.set()
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def hook(owner, settings, server):
    """The owner's webhook at the server of the test."""
    settings.HONE_WEBHOOK_PRIVATE = True
    return NoticeSettings.objects.create(
        user=owner, webhook=f"{server.address}/hook", secret="x" * 64, site="https://hone.example/"
    )

"""How a request goes through Django under ASGI."""

from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator

from webapp.asgi import application


async def test_a_request_with_all_its_middleware_is_answered_in_one_go(monkeypatch):
    crossed, cross = [], SyncToAsync.__call__

    async def noted(self, *arguments, **named):
        crossed.append(getattr(self.func, "__name__", ""))
        return await cross(self, *arguments, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    headers = [(b"host", b"localhost")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/accounts/login/",
        "query_string": b"",
        "headers": headers,
    }
    browser = ApplicationCommunicator(application, scope)
    await browser.send_input({"type": "http.request", "body": b""})
    answer = await browser.receive_output()
    await browser.receive_output()
    await browser.wait()
    assert answer["status"] == 200
    assert crossed.count("get_response") == 1
    assert not [name for name in crossed if name.startswith("process_")]

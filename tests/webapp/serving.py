"""A client whose requests go through Django as the web server's do."""

from typing import Any

from django.test import AsyncClient
from django.test.client import AsyncClientHandler

from webapp.handler import InOneGo


class _Handler(InOneGo, AsyncClientHandler):
    pass


class ServedClient(AsyncClient):
    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.handler = _Handler(enforce_csrf_checks=False)

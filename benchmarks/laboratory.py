"""A laboratory of its own to measure through: its page, and processes like those of its workers."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django


@contextmanager
def laboratory(**environment: str) -> Iterator[Any]:
    """A laboratory of its own, and Django in this process on the same home."""
    from tests.lab_process import Lab

    with tempfile.TemporaryDirectory(prefix="hone-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        os.environ.pop("REDIS_URL", None)
        os.environ |= {"HONE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "webapp.settings"}
        lab = Lab(home, HONE_LEASE_SECONDS="60", **environment).start()
        django.setup()
        try:
            yield lab
        finally:
            lab.stop()


@contextmanager
def open_page(link: str) -> Iterator[Any]:
    """A page of the system's Chromium, signed in."""
    from playwright.sync_api import sync_playwright

    from tests import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.OPTIONS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(link)
        yield page
        browser.close()


def owner() -> Any:
    """The person whom the laboratory signs in."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(is_superuser=True)


def beside(function: Any, *arguments: Any) -> Any:
    """Call what uses the database in another thread: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function, *arguments).result()


def load_what_workers_load() -> None:
    """All that a worker has in its memory before it forks its pool."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()
    from webapp.celery import app

    app.loader.import_default_modules()

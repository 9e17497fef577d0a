"""What all tests share: Redis, a laboratory, a browser, and one cast of people.

Playwright's sync interface keeps an event loop running in this thread from its first use to the end of the
session. Django refuses its database there and pytest-asyncio cannot start a loop, so the tests that use a
browser run last, and they reach the laboratory only through pages, HTTP and `lab.manage`.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests import chromium
from tests.lab_process import Lab, wait_until
from webapp.lab import redis
from webapp.lab.process import TETHER

NewContext = Callable[..., BrowserContext]

# A busy machine takes its time, and that is no failure of what is tested
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a real Redis for tests in this process; settings.REDIS_URL is the same one."""
    command = [*TETHER, str(os.getpid()), "0", *redis.command(settings.HONE_HOME)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    path = redis.socket_path(settings.HONE_HOME)
    wait_until(lambda: redis.answers(path), 10, "Redis")
    yield settings.REDIS_URL
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A laboratory of processes, started once for all tests: leave it as you would want to find it."""
    with tempfile.TemporaryDirectory(prefix="hone-lab-", ignore_cleanup_errors=True) as folder:
        lab = Lab(Path(folder) / "home", HONE_LEASE_SECONDS="6")
        try:
            yield lab.start()
        finally:
            lab.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    program = chromium.find()
    assert program, chromium.HELP
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in_state(browser: Browser, lab: Lab) -> Any:
    """The cookies of the lab's owner, who used a link once."""
    context = browser.new_context(base_url=lab.address)
    context.new_page().goto(lab.new_link())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def new_context(browser: Browser, lab: Lab, console: list[str]) -> Iterator[NewContext]:
    """Makes browser contexts (people that share no cookies) at the lab's address, 1440 x 900."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        options = {"base_url": lab.address, "viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        context.on("console", lambda message: listen(console, message))
        context.on("weberror", lambda error: console.append(f"error: {error.error}"))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def console() -> Iterator[list[str]]:
    """The errors and warnings of every page of the test; it fails when any are left at the end.

    A test that provokes one (a page that is not found) looks at it here and calls `console.clear()`.
    """
    heard: list[str] = []
    yield heard
    assert not heard, "the browser's console is not clean:\n" + "\n".join(heard)


def listen(console: list[str], message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"}:
        console.append(f"{message.type}: {message.text} ({message.location.get('url')})")


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page of a person who has not signed in."""
    return new_context().new_page()


@pytest.fixture
def signed_in_page(new_context: NewContext, signed_in_state: Any) -> Page:
    """A page of the lab's owner."""
    return new_context(storage_state=signed_in_state).new_page()


@pytest.fixture
def nothing_unread(lab: Lab) -> None:
    """All notices of the lab are read, whatever has ended in it before."""
    lab.shell(
        "from django.db.models.functions import Now; from webapp.runs.models import Notice;"
        "Notice.objects.update(read=Now())"
    )


@pytest.fixture
def owner(db: None) -> User:
    """The person whose things a test is about."""
    return User.objects.create_user("owner", "owner@example.org", "the owner's password")


@pytest.fixture
def member(db: None) -> User:
    """Somebody else who works in the same laboratory."""
    return User.objects.create_user("member", "member@example.org", "the member's password")


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody who has an account and nothing to do with it all."""
    return User.objects.create_user("outsider", "outsider@example.org", "the outsider's password")


@pytest.fixture
def signed_in(redis_server: str) -> Callable[[User], Client]:
    """Makes a test client in which the given person has signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def as_owner(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


@pytest.fixture
def as_member(member: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(member)


@pytest.fixture
def as_outsider(outsider: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(outsider)

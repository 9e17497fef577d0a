"""The look of the pages in a real browser: both schemes, narrow screens, the keyboard, a clean console."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.lab_process import wait_until
from webapp.charts.template import SERIES

SEEN = [
    "/",
    "/datasets/",
    "/datasets/new/",
    "/datasets/new/paste/",
    "/datasets/new/draw/",
    "/datasets/new/generate/",
    "/runs/",
    "/accounts/password/set/",
    "/accounts/logout/",
]
HUE = "document.querySelector('.chart').data[0].marker.color"
COUNTS = "document.querySelector('.chart').data[0].y"
LISTEN = "heard = 0; document.querySelector('.chart').on('plotly_relayout', () => { heard += 1; }); 0"
WIDTH = "document.querySelector('.chart .main-svg').clientWidth"


@pytest.fixture
def chart_page(signed_in_page: Page) -> Page:
    """The page of a built-in dataset, with its chart drawn."""
    signed_in_page.goto("/datasets/new/")
    signed_in_page.get_by_role("button", name="Iris").click()
    signed_in_page.wait_for_selector(".chart .main-svg", timeout=60_000)
    return signed_in_page


@pytest.mark.parametrize("address", SEEN)
def test_no_page_is_wider_than_a_narrow_screen(signed_in_page: Page, address: str) -> None:
    signed_in_page.set_viewport_size({"width": 360, "height": 740})
    signed_in_page.goto(address)
    assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_chart_follows_the_system_into_the_dark(chart_page: Page) -> None:
    chart_page.evaluate(LISTEN)
    counts = chart_page.evaluate(COUNTS)
    for scheme in ("dark", "light", "dark"):
        chart_page.emulate_media(color_scheme=scheme)
        hue = SERIES[scheme]["train"]
        wait_until(lambda hue=hue: chart_page.evaluate(HUE) == hue, 10, f"the {scheme} hue")
    assert chart_page.evaluate(COUNTS) == counts
    chart_page.evaluate("Plotly.relayout(document.querySelector('.chart'), {'yaxis.range': [0, 9]})")
    wait_until(lambda: chart_page.evaluate("heard"), 10, "news of the zoom")


def test_plotly_adds_no_style_element_to_a_page(chart_page: Page) -> None:
    assert chart_page.locator("style").count() == 0


def test_a_chart_is_narrower_on_a_narrower_screen(chart_page: Page) -> None:
    chart_page.set_viewport_size({"width": 360, "height": 740})
    wait_until(lambda: chart_page.evaluate(WIDTH) < 360, 10, "a narrower chart")


def test_the_first_tab_offers_to_skip_to_the_content(signed_in_page: Page) -> None:
    signed_in_page.goto("/runs/")
    signed_in_page.keyboard.press("Tab")
    assert signed_in_page.evaluate("document.activeElement.textContent") == "Skip to the content"
    signed_in_page.keyboard.press("Enter")
    assert signed_in_page.evaluate("document.activeElement.id") == "main"


def test_the_keyboard_opens_and_closes_the_account_menu(signed_in_page: Page) -> None:
    signed_in_page.goto("/")
    signed_in_page.get_by_role("button", name="Your account").focus()
    signed_in_page.keyboard.press("Enter")
    signed_in_page.get_by_role("button", name="Sign out").wait_for()
    signed_in_page.keyboard.press("Escape")
    signed_in_page.get_by_role("button", name="Sign out").wait_for(state="hidden")


def test_a_row_opens_by_click_and_by_enter(chart_page: Page) -> None:
    opened = chart_page.url
    row = chart_page.locator(f'tr[data-href="{urlsplit(opened).path}"]')
    for act in (lambda: row.locator("td").last.click(), lambda: row.locator("a").first.press("Enter")):
        chart_page.goto("/datasets/")
        act()
        chart_page.wait_for_url(opened)


def test_the_administration_works_without_a_word_in_the_console(signed_in_page: Page) -> None:
    for address in ("/admin/", "/admin/runs/run/", "/admin/datasets/dataset/", "/admin/auth/user/"):
        assert signed_in_page.goto(address).status == 200


def test_the_sign_in_page_is_clean_for_a_stranger(new_context: Callable[..., Any]) -> None:
    page = new_context(color_scheme="dark").new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").wait_for()

"""The first minute of a person: the printed link, in a real browser."""

import re

from playwright.sync_api import Page, expect

from tests.lab_process import Lab


def test_the_printed_link_opens_the_laboratory_and_works_once(
    lab: Lab, page: Page, console: list[str]
) -> None:
    link = lab.new_link()
    page.goto(link)
    expect(page).to_have_url(f"{lab.address}/")
    expect(page.locator("h1").first).to_be_visible()
    page.context.clear_cookies()
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_text("manage.py link")).to_be_visible()
    assert [re.search("410", line) for line in console] != [None]
    console.clear()


def test_a_person_who_is_signed_in_stays_it(lab: Lab, signed_in_page: Page) -> None:
    signed_in_page.goto("/")
    expect(signed_in_page).to_have_url(f"{lab.address}/")

"""The pages of one dataset in a real browser: parts, an edited recipe, versions, narrow screens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

ROWS = "id,age,city,label\n" + "".join(
    f"{i},{20 + i % 7},{'Köln' if i % 2 else 'Bonn'},{i % 3 == 0}\n" for i in range(60)
)
PARTS = ("Overview", "Columns", "Explore", "Split", "Versions", "Settings")


@pytest.fixture
def people(signed_in_page: Page) -> Iterator[Page]:
    """The overview of a table just uploaded, which is deleted in the end."""
    signed_in_page.goto("/datasets/new/")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    signed_in_page.set_input_files("#file", files=[file])
    signed_in_page.get_by_role("button", name="Upload", exact=True).click()
    signed_in_page.get_by_role("heading", name="First rows").wait_for(timeout=60_000)
    address = signed_in_page.url
    yield signed_in_page
    signed_in_page.goto(f"{address}settings/")
    signed_in_page.once("dialog", lambda dialog: dialog.accept())
    signed_in_page.get_by_role("button", name="Delete this dataset").click()
    signed_in_page.get_by_text("“people” was deleted.").wait_for()


def test_a_recipe_is_edited_and_its_version_used(people: Page) -> None:
    people.get_by_role("link", name="Change the data").click()
    changes = people.locator("#changes")
    people.get_by_label("Use of age").select_option("no")
    expect(changes).to_contain_text("“age”: use: automatic")
    people.get_by_label("Dev share, %").fill("10")
    people.keyboard.press("Enter")  # looks, and saves nothing
    expect(changes).to_contain_text("Split: dev share: as recommended")
    expect(people.get_by_label("Use of age")).to_have_value("no")
    changes.get_by_role("button", name="Save").click()
    expect(people.locator(".picker > summary")).to_have_text("Version 2", timeout=30_000)
    people.get_by_role("link", name="Versions").first.click()
    people.get_by_role("button", name="Use this version").click()
    expect(people.get_by_role("row", name="1 in use")).to_be_visible()


def test_every_part_fits_a_narrow_screen_and_is_reached_by_keyboard(people: Page) -> None:
    people.set_viewport_size({"width": 360, "height": 740})
    for part in PARTS:
        people.get_by_role("navigation", name="Parts of this dataset").get_by_role("link", name=part).focus()
        people.keyboard.press("Enter")
        expect(people.get_by_role("link", name=part, exact=True)).to_have_attribute("aria-current", "page")
        assert people.evaluate("document.documentElement.scrollWidth") <= 360

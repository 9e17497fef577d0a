"""The upload in a real browser: errors at their fields, a lost connection, and the finished page."""

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.webapp.datasets.sending import IRIS

SECONDS = 60_000


def write(folder: Path, content: str, name: str = "flowers.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.set_input_files("#file", write(tmp_path, IRIS.replace("8.5,2.25", "tall,2.25", 1)))
    page.fill("#name", "My flowers")
    page.fill("#target", "species")
    page.click("#upload >> text=Upload")
    expect(page.locator("#file-error")).to_contain_text(
        "Row 6, column “sepal”: “tall” is not a usable number"
    )
    assert page.input_value("#name") == "My flowers"
    assert page.input_value("#target") == "species"
    assert all("422" in line for line in console)
    console.clear()


def test_an_upload_goes_on_after_its_connection_was_lost(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    lost: list[str] = []

    def lose_the_second_piece(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0" and not lost:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile(r"/datasets/uploads/[^/]+/$"), lose_the_second_piece)
    page.goto("/datasets/new/")
    rows = "".join(f"{i % 97}.5,{i % 31},{'ab'[i % 2]}\n" for i in range(600_000))
    page.set_input_files("#file", write(tmp_path, f"x,y,class\n{rows}", "large.csv"))
    page.click("#upload >> text=Upload")
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("h1")).to_have_text("large")
    expect(page.locator("dl.stats")).to_contain_text("600,000")
    assert len(lost) == 1
    assert all("ERR_CONNECTION_RESET" in line for line in console)
    console.clear()


def test_a_built_in_dataset_is_one_click_away(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.get_by_role("button", name="Spirals").click()
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("#balance-chart .main-svg").first).to_be_visible()

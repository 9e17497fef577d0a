"""Drawing, pasting and generating in a real browser."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

SECONDS = 60_000


@pytest.fixture
def plane(signed_in_page: Page) -> Page:
    """The page to draw on."""
    signed_in_page.goto("/datasets/new/draw/")
    return signed_in_page


def points(page: Page) -> list[list[float]]:
    """What the form would send now."""
    return json.loads(page.locator("input[name=points]").input_value())


def press_at(page: Page, x: float, y: float) -> None:
    """Press in the plane, at fractions of its width and height."""
    box = page.locator(".draw__plane").bounding_box()
    assert box
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_points_are_drawn_with_the_mouse_and_become_a_dataset(plane: Page) -> None:
    for code, (x, y) in enumerate([(0.25, 0.25), (0.75, 0.75)]):
        plane.locator("input[name=class]").nth(code).check()
        plane.locator("#brush").fill("6")
        press_at(plane, x, y)
    expect(plane.locator(".draw__plane circle")).to_have_count(12)
    expect(plane.locator("#draw-status")).to_have_text("12 points.")
    expect(plane.locator("[data-count]").nth(1)).to_have_text("6")
    plane.get_by_role("button", name="Make this dataset").click()
    expect(plane.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(plane.locator("h1")).to_have_text("Drawn points")


def test_the_place_of_a_press_is_the_place_of_its_point(plane: Page) -> None:
    press_at(plane, 0.75, 0.25)
    x, y, code = points(plane)[0]
    assert (x, y, code) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01), 0)


def test_a_drag_leaves_a_trail_that_one_undo_takes_back(plane: Page) -> None:
    press_at(plane, 0.1, 0.1)
    box = plane.locator(".draw__plane").bounding_box()
    assert box
    plane.mouse.move(box["x"] + 100, box["y"] + 100)
    plane.mouse.down()
    plane.mouse.move(box["x"] + 300, box["y"] + 100, steps=30)
    plane.mouse.up()
    assert len(points(plane)) > 5
    plane.get_by_role("button", name="Undo").click()
    assert len(points(plane)) == 1
    plane.get_by_role("button", name="Clear").click()
    expect(plane.locator("#draw-status")).to_have_text("No points yet.")


def test_points_are_drawn_with_the_keyboard_alone(plane: Page) -> None:
    plane.locator(".draw__plane").focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "Space", "3", "ArrowLeft", "Space", "Space", "Backspace"):
        plane.keyboard.press(key)
    assert points(plane) == [[0.05, 0.25, 0], [0, 0.25, 2]]


def test_points_are_drawn_by_touch(new_context: object, signed_in_state: object) -> None:
    page = new_context(
        storage_state=signed_in_state, has_touch=True, viewport={"width": 390, "height": 844}
    ).new_page()
    page.goto("/datasets/new/draw/")
    box = page.locator(".draw__plane").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert len(points(page)) == 1


def test_refused_points_are_still_there(plane: Page, console: list[str]) -> None:
    press_at(plane, 0.5, 0.5)
    plane.get_by_role("button", name="Make this dataset").click()
    expect(plane.get_by_role("alert")).to_contain_text("These are 1 points")
    expect(plane.locator(".draw__plane circle")).to_have_count(1)
    assert all("422" in line for line in console)
    console.clear()


def test_a_preview_follows_its_knobs_and_the_dataset_is_made_of_them(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto("/datasets/new/generate/")
    expect(page.locator("#blobs-preview .point--2").first).to_be_visible()
    page.fill("#blobs-classes", "2")
    expect(page.locator("#blobs-preview .point--2")).to_have_count(0)
    page.fill("#blobs-n", "3")
    expect(page.locator("#blobs-preview")).to_contain_text(
        "Rows must be a whole number from 10 to 1,000,000."
    )
    expect(page.locator("#blobs-n")).to_be_focused()
    page.fill("#blobs-n", "123")
    expect(page.locator("#blobs-preview circle")).to_have_count(123)
    page.locator("form", has=page.locator("#blobs-n")).get_by_role("button").click()
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("dl.stats")).to_contain_text("blobs-n123-noise0.25-classes2-seed0.csv")


def test_a_pasted_table_becomes_a_dataset(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto("/datasets/new/paste/")
    rows = "\n".join(f"{i}.5\t{i % 4}\t{'xy'[i % 2]}" for i in range(20))
    page.get_by_label("Table").fill(f"a\tb\tlabel\n{rows}")
    page.get_by_role("button", name="Make this dataset").click()
    page.wait_for_url(re.compile(r"/datasets/\d+/$"))
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)

"""Turning values into ranges in a real browser."""

import re

from playwright.sync_api import Page, expect


def test_the_learning_rate_becomes_a_range_is_drawn_and_searched(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.get_by_role("button", name=re.compile("^Iris")).click()
    page.get_by_role("link", name="Train a network").click()
    page.locator("#epochs").fill("2")
    page.get_by_role("button", name="Turn into a range: Learning rate").press("Enter")
    low, drawing = page.locator("#learning_rate"), page.locator("#status-range-learning_rate .spread")
    expect(low).to_be_focused()
    expect(page.locator("#epochs")).to_have_value("2")
    expect(drawing.locator(".spread__tick")).to_have_count(40)
    page.wait_for_load_state("load")  # an edit before the scripts are there is told with the next one
    low.fill("0")
    expect(page.locator("#status-range-learning_rate")).to_contain_text("no logarithm of zero")
    expect(drawing).to_have_count(0)
    expect(low).to_have_attribute("aria-invalid", "true")
    low.fill("0.001")
    expect(drawing).to_contain_text("0.01")
    expect(low).not_to_have_attribute("aria-invalid", "true")
    expect(low).to_be_focused()
    page.get_by_role("button", name="Turn into a range: Optimizer").press("Enter")
    expect(page.locator("#optimizer")).to_be_focused()
    page.get_by_role("button", name="Turn back into one value: Optimizer").press("Enter")
    expect(page.locator("#optimizer")).to_have_value("adam")
    expect(page.locator("#optimizer")).to_be_focused()
    page.get_by_label("Trials", exact=True).fill("3")
    expect(page.locator("#launch-summary")).to_contain_text("3 trials")
    page.get_by_role("button", name="Start the sweep").click()
    page.wait_for_url(re.compile(r"/sweeps/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Iris, learning rate")

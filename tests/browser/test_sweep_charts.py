"""The charts of a sweep in a real browser: a brush over an axis chooses the trials of all charts."""

from urllib.parse import parse_qs, unquote

import pytest
from playwright.sync_api import Page, expect

from tests.lab_process import Lab, wait_until

MAKE = """
from django.contrib.auth.models import User
from django.utils import timezone
from tests.webapp.sweeps.factories import a_sweep, a_trial
sweep = a_sweep(owner=User.objects.get(username="owner"), state="finished")
for n in range(24):
    a_trial(sweep, score=0.05 + 0.01 * n, epoch=3, ended=timezone.now(),
            values={"learning_rate": 10 ** (-4 + 4 * n / 23), "optimizer.kind": ("adam", "momentum")[n % 2]})
print(sweep.pk)
"""
BRUSH = ".brush[data-path='{}']"
POINTS = """name => {
  const { data = [] } = document.querySelector(`[data-name="${name}"] .chart`);
  return data.filter(({ mode }) => mode === "markers").flatMap(({ customdata }) => [...customdata]).length;
}"""


@pytest.fixture
def sweep_page(signed_in_page: Page, lab: Lab) -> Page:
    """The page of a sweep of 24 trials, with all charts in view."""
    pk = lab.manage("shell", "-v0", "-c", MAKE).split()[-1]
    signed_in_page.set_viewport_size({"width": 1440, "height": 2600})
    signed_in_page.goto(f"/sweeps/{pk}/")
    wait_until(lambda: signed_in_page.evaluate(POINTS, "slice@learning_rate") == 24, 20, "the last chart")
    return signed_in_page


def chosen(page: Page) -> dict[str, list[str]]:
    return parse_qs(page.evaluate("location.search").removeprefix("?"))


def drag(page: Page, path: str, start: float, end: float) -> None:
    """Along an axis, from one place to another; 0 is its lower end."""
    box = page.locator(BRUSH.format(path)).bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + box["height"] * (1 - start))
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] * (1 - end), steps=4)
    page.mouse.up()


def test_a_brush_chooses_the_trials_of_all_charts_and_a_click_chooses_all_again(sweep_page: Page) -> None:
    asked: list[str] = []
    sweep_page.on("request", lambda request: asked.append(unquote(request.url)))
    drag(sweep_page, "learning_rate", 0.25, 0.5)
    wait_until(lambda: sweep_page.evaluate(POINTS, "best") < 10, 10, "fewer points")
    low, high = map(float, chosen(sweep_page)["range.learning_rate"][0].split(".."))
    assert low == pytest.approx(1e-3, rel=0.2)
    assert high == pytest.approx(1e-2, rel=0.2)
    for name in ("best", "coordinates", "contour", "slice@learning_rate"):
        part = f"/charts/{name}/?range.learning_rate="
        wait_until(lambda part=part: sweep_page.title() and any(part in one for one in asked), 10, part)
    expect(sweep_page.locator("#sweep-chosen")).to_contain_text("Learning rate")
    drag(sweep_page, "optimizer.kind", 0, 0.4)
    wait_until(
        lambda: chosen(sweep_page).get("range.optimizer.kind") == ["adam"], 10, "the choice of an option"
    )
    for path in ("learning_rate", "optimizer.kind"):
        drag(sweep_page, path, 0.9, 0.9)
    wait_until(lambda: sweep_page.evaluate(POINTS, "best") == 24, 10, "all points")
    assert chosen(sweep_page) == {}


def test_keys_move_a_brush_and_news_do_not_take_it_away_from_who_drags_it(sweep_page: Page) -> None:
    end = sweep_page.get_by_role("slider", name="Batch size, to")
    end.press("ArrowDown")
    wait_until(lambda: chosen(sweep_page).get("range.batch_size") == ["..64"], 10, "a range")
    expect(end).to_have_attribute("aria-valuetext", "64")
    end.press("Escape")
    wait_until(lambda: chosen(sweep_page) == {}, 10, "no range")
    box = sweep_page.locator(BRUSH.format("score")).bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    sweep_page.mouse.move(x, box["y"] + box["height"])
    sweep_page.mouse.down()
    sweep_page.mouse.move(x, box["y"] + box["height"] / 2, steps=3)
    with sweep_page.expect_response(lambda answer: "/charts/best/" in answer.url):
        sweep_page.evaluate("document.dispatchEvent(new CustomEvent('sweep-news'))")
    expect(sweep_page.locator(BRUSH.format("score"))).to_have_class("brush brush--on")
    sweep_page.mouse.up()
    wait_until(lambda: "range.score" in chosen(sweep_page), 10, "a range of scores")


def test_a_click_on_a_point_opens_and_marks_its_trial(sweep_page: Page) -> None:
    points = sweep_page.locator("[data-name='best'] .points path")
    points.nth(3).hover(force=True)
    points.nth(3).click(force=True)
    expect(sweep_page.locator("#dialog")).to_contain_text("Trial 4")
    rings = """document.querySelector("[data-name='contour'] .chart").data.filter(
      ({ marker }) => marker?.symbol === "circle-open").length"""
    wait_until(lambda: sweep_page.evaluate(rings) == 1, 10, "a ring around it")

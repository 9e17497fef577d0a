"""The charts of the run page in a real browser: chosen, arranged, looked at closely."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_whole_path import wait_for_the_end
from tests.lab_process import Lab, wait_until

SMALL = {"layers": [{"units": 8}], "epochs": 40}
LONG = {"layers": [{"units": 4}], "epochs": 400, "batch_size": 8}  # 9,200 steps on the circles
CIRCLES = """
import numpy as np
t = np.linspace(0, 60, 300)
r = 1 + np.arange(300) % 2 + 0.1 * np.sin(17 * t)
rows = [f"{a:.3f},{b:.3f},{'outer' if k else 'inner'}"
        for a, b, k in zip(r * np.cos(t), r * np.sin(t), np.arange(300) % 2)]
dataset = Dataset.objects.filter(name="circles").first() or Dataset.objects.begin(name="circles", owner=owner)
dataset.folder.mkdir(parents=True, exist_ok=True)
dataset.source.write_text("east,north,ring\\n" + "\\n".join(rows))
"""
DIGITS = """
dataset = Dataset.objects.filter(builtin="digits").first()
dataset = dataset or Dataset.objects.begin(builtin="digits", name="Digits")
"""


def trained(lab: Lab, dataset: str, **spec: Any) -> str:
    """The address of a run that was trained to its end, from the command line."""
    code = f"""
from engine import Spec
from django.contrib.auth.models import User
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.runs.models import Run
from webapp.runs.tasks import train_run
owner = User.objects.get(username="owner")
{dataset}
ingest(dataset.current_id)
dataset.current.refresh_from_db()
spec = Spec.model_validate_json({json.dumps(spec)!r}).model_dump(mode="json")
run = Run.objects.create(owner=owner, version=dataset.current, name="charted", spec=spec)
train_run(run.pk)
print(run.pk)
"""
    return f"/runs/{lab.manage('shell', '-v0', '-c', code).split()[-1]}/"


@pytest.fixture(scope="module")
def digits(lab: Lab) -> str:
    return trained(lab, DIGITS, head="softmax", **SMALL)


@pytest.fixture(scope="module")
def circles(lab: Lab) -> str:
    return trained(lab, CIRCLES, head="sigmoid", **LONG)


def card(page: Page, name: str):
    return page.locator(f'#charts > [data-name="{name}"]')


def expect_drawn(page: Page, name: str) -> None:
    card(page, name).scroll_into_view_if_needed()
    card(page, name).locator(".main-svg").first.wait_for()


def axis(page: Page, chart: str, name: str) -> dict[str, Any]:
    return page.evaluate(f"document.getElementById('{chart}').layout.{name}axis")


def test_charts_that_suit_the_run_are_there_and_one_that_was_added_survives_a_reload(
    signed_in_page: Page, digits: str
):
    page = signed_in_page
    page.goto(f"{digits}?charts=confusion,first_weights")
    expect_drawn(page, "confusion")
    expect_drawn(page, "first_weights")
    page.get_by_role("button", name="Charts …").click()
    page.get_by_label("Search charts").fill("calibr")
    page.get_by_role("checkbox", name="Calibration Whether").check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as kept:
        page.get_by_role("button", name="Done").click()
    assert kept.value.status == 204
    expect_drawn(page, "calibration")
    assert "charts=confusion,first_weights,calibration" in page.url
    page.goto(digits)
    expect_drawn(page, "calibration")


def test_a_link_shows_the_same_view_to_everybody(signed_in_page: Page, digits: str):
    page = signed_in_page
    page.goto(f"{digits}?charts=gradient_norms:2,decision_boundary&x=epoch&log_y=true&beta=0.9")
    expect(page.locator("#charts > .card")).to_have_count(1)
    expect(page.locator("#charts-problem")).to_contain_text("these data have 64")
    expect(page.locator("#chart-window")).to_have_text("0.9: about 10 steps")
    expect_drawn(page, "gradient_norms")
    wait_until(lambda: axis(page, "cost-chart", "y").get("type") == "log", 10, "a logarithmic axis")
    assert axis(page, "cost-chart", "x")["title"]["text"] == "epoch"
    assert page.evaluate("document.getElementById('error-chart').data[0].x") == list(range(1, 41))


def test_the_grid_is_arranged_by_the_keyboard_alone(signed_in_page: Page, digits: str):
    page = signed_in_page
    page.goto(f"{digits}?charts=dead_units,speed,memory")
    for words in ("Move later", "Two columns or one"):
        card(page, "dead_units").locator("summary").focus()
        page.keyboard.press("Enter")
        card(page, "dead_units").get_by_role("button", name=words).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    wait_until(lambda: "charts=speed,dead_units:2,memory" in page.url, 10, "the new order")
    card(page, "speed").locator("summary").press("Enter")
    card(page, "speed").get_by_role("button", name="Take away").press("Enter")
    wait_until(lambda: "charts=dead_units:2,memory" in page.url, 10, "one chart less")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_chart_is_dragged_to_another_place_and_stays_there(signed_in_page: Page, digits: str):
    page = signed_in_page
    page.goto(f"{digits}?charts=speed,memory,dead_units")
    expect_drawn(page, "dead_units")
    handle = card(page, "dead_units").locator("h2").bounding_box()
    place = card(page, "speed").bounding_box()
    page.mouse.move(handle["x"] + 10, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 40, handle["y"] + 12, steps=3)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.mouse.move(place["x"] + 10, place["y"] + place["height"] - 20, steps=5)
        page.mouse.up()
    assert "charts=dead_units,speed,memory" in page.url
    page.goto(digits)
    expect(page.locator("#charts > .card").first).to_have_attribute("data-name", "dead_units")


def test_a_zoom_shows_every_point_of_its_window_in_all_charts(signed_in_page: Page, circles: str):
    page = signed_in_page
    page.goto(f"{circles}?charts=learning_rate")
    wait_for_the_end(page)
    length = "document.getElementById('cost-chart').data?.[0].x.length"
    thinned = wait_until(lambda: page.evaluate(length), 10, "the whole curve")
    assert thinned < 8_000
    with page.expect_response(lambda answer: "first=" in answer.url):
        page.evaluate("Plotly.relayout('cost-chart', {'xaxis.range': [2000, 2100]})")
    shown = "document.getElementById('cost-chart').data[0].x"
    wait_until(lambda: page.evaluate(shown)[0] >= 1990, 10, "the points of the window")
    steps = page.evaluate(shown)
    assert steps == list(range(steps[0], steps[-1] + 1))
    assert (steps[0] <= 2001, steps[-1] >= 2099) == (True, True)
    wait_until(lambda: axis(page, "error-chart", "x")["range"] == [2000, 2100], 10, "the same zoom beside it")
    page.evaluate("Plotly.relayout('cost-chart', {'xaxis.autorange': true})")
    wait_until(lambda: len(page.evaluate(shown)) == thinned, 10, "all of it again")


def test_the_average_of_a_long_run_is_that_of_every_step(signed_in_page: Page, circles: str):
    page = signed_in_page
    page.goto(f"{circles}?beta=0.99")
    wait_until(
        lambda: page.evaluate("document.getElementById('cost-chart').data?.[1].y.length"), 10, "the average"
    )
    exact = page.request.get(f"{circles}series/?names=cost&beta=0.99").json()["series"]["steps"]
    shown = page.evaluate("document.getElementById('cost-chart').data[1].y")
    assert shown[-1] == pytest.approx(exact["smooth.cost"][-1])


def test_the_boundary_between_two_classes_evolves(signed_in_page: Page, circles: str):
    page = signed_in_page
    page.goto(f"{circles}?charts=decision_boundary")
    expect_drawn(page, "decision_boundary")
    boundary = card(page, "decision_boundary")
    expect(boundary.locator("output")).to_have_text("step 9,200")
    newest = boundary.locator(".chart").evaluate("chart => JSON.stringify(chart.data[0].z)")
    boundary.get_by_label("Step to look at").fill("0")
    expect(boundary.locator("output")).to_have_text("step 1")
    wait_until(
        lambda: boundary.locator(".chart").evaluate("chart => JSON.stringify(chart.data[0].z)") != newest,
        10,
        "the first step's boundary",
    )


def test_only_charts_in_view_draw_and_fetch(signed_in_page: Page, digits: str):
    page = signed_in_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{digits}?charts=update_ratios,confusion,calibration,activations_now,weights_now,dead_units")
    expect_drawn(page, "update_ratios")
    assert not any("dead_units/" in url for url in asked)
    assert card(page, "dead_units").locator(".main-svg").count() == 0
    expect_drawn(page, "dead_units")
    assert any("dead_units/" in url for url in asked)


def test_the_values_at_the_step_below_the_pointer_are_told_in_all_charts_in_view(
    signed_in_page: Page, digits: str
):
    page = signed_in_page
    page.goto(f"{digits}?charts=cost_by_epoch")
    wait_for_the_end(page)
    expect_drawn(page, "cost_by_epoch")
    plot = page.locator("#error-chart .nsewdrag").bounding_box()
    for share in (0.5, 0.52):  # Plotly takes the second of two places for a hover
        page.mouse.move(plot["x"] + share * plot["width"], plot["y"] + plot["height"] / 2)
    told = card(page, "cost_by_epoch").locator(".chart-values")
    expect(told).to_contain_text("dev")
    epoch = round(0.52 * 40)
    known = page.request.get(f"{digits}series/?names=dev_cost").json()["series"]["epochs"]["dev_cost"]
    number = float(told.locator("b").nth(1).inner_text())
    assert min(abs(number - cost) for cost in known[epoch - 3 : epoch + 2]) < 1e-4 * number
    expect(page.locator("[data-name=cost] .chart-values")).to_contain_text("average")
    expect(page.locator("[data-name=error] .chart-values")).to_be_hidden()
    page.mouse.move(1, 1)
    expect(told).to_be_hidden()


def test_what_was_done_is_marked_where_it_was_done(signed_in_page: Page, digits: str):
    page = signed_in_page
    page.goto(digits)
    wait_for_the_end(page)
    page.evaluate("""() => {
        document.getElementById("log").innerHTML =
            '<li data-step="300" data-kind="change" data-label="Learning rate 0.01, by ada">';
        document.dispatchEvent(new CustomEvent("log-changed"));
    }""")
    mark = page.locator("[data-name=cost] .chart-mark")
    expect(mark).to_have_attribute("data-label", "Learning rate 0.01, by ada")
    plot = page.locator("#cost-chart .nsewdrag").bounding_box()
    place = mark.bounding_box()["x"]
    assert plot["x"] < place < plot["x"] + plot["width"]


@pytest.mark.parametrize(("words", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"step,")])
def test_a_chart_is_saved_as_a_picture_or_as_numbers(
    signed_in_page: Page, digits: str, words: str, begins: bytes
):
    page = signed_in_page
    page.goto(f"{digits}?charts=")
    wait_for_the_end(page)
    page.locator("[data-name=cost] summary").click()
    with page.expect_download() as saved:
        page.locator("[data-name=cost]").get_by_role("button", name=words).click()
    content = saved.value.path().read_bytes()
    assert content.startswith(begins)
    assert begins != b"step," or content.count(b"\n") == 1 + 40 * 17

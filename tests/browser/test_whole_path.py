"""The whole path with every part real: a file, a form, a worker, a websocket, a chart."""

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_breast_cancer

from tests.lab_process import Lab, wait_until

PATIENCE = 90_000  # ms, for a machine that is busy with other things

# The runs here have fewer than 2,000 steps: a page shows each of them, and so can be checked for each.

# Notes up to which step the cost chart shows points, each time there are more
WATCH = """() => {
    window.shown = [];
    const chart = document.getElementById("cost-chart");
    chart.addEventListener("shown", ({ detail }) => window.shown.push(detail));
}"""
POINTS = "() => document.getElementById('cost-chart').data?.[0].x ?? []"
TIP = "() => document.querySelector('#cost-chart .chart__tip')?.getAttribute('d')"


@pytest.fixture
def breast_cancer(tmp_path: Path) -> Path:
    """The table as a person would have it: names in the first row, classes as words."""
    data = load_breast_cancer()
    path = tmp_path / "breast cancer.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*data.feature_names, "diagnosis"])
        rows.writerows([*x, data.target_names[y]] for x, y in zip(data.data, data.target, strict=True))
    return path


def submit(lab: Lab, **changes: object) -> str:
    """The address of a new run on the built-in digits, put into the queue from the command line."""
    layers = [{"units": 640}, {"units": 640}]
    spec = json.dumps({"layers": layers, "head": "softmax", **changes})
    code = f"""
from engine import Spec
from django.contrib.auth.models import User
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.runs.queue import submit
dataset = Dataset.objects.filter(builtin="digits").first()
dataset = dataset or Dataset.objects.begin(builtin="digits", name="Digits")
if not dataset.current.is_ready:
    ingest(dataset.current_id)
owner = User.objects.get(username="owner")
version = Dataset.objects.get(builtin="digits").current
print(submit(owner, version, Spec.model_validate_json({spec!r}), "from the shell").pk)
"""
    return f"/runs/{lab.manage('shell', '-v0', '-c', code).strip()}/"


def state(page: Page) -> str:
    return page.locator("[data-strip=state]").inner_text()


def wait_for_the_end(page: Page, state: str = "finished") -> None:
    expect(page.locator("[data-strip=state]")).to_have_text(state, timeout=PATIENCE)


def test_a_newcomer_goes_from_a_file_to_a_finished_curve(page: Page, lab: Lab, breast_cancer: Path):
    page.goto(lab.new_link())
    page.goto("/datasets/new/")
    page.set_input_files("#file", breast_cancer)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Train a network").click(timeout=PATIENCE)

    page.get_by_label("Units").first.fill("1024")
    page.get_by_label("Units").nth(1).fill("1024")
    page.get_by_label("Batch size", exact=True).fill("32")
    page.get_by_label("Epochs", exact=True).fill("170")
    expect(page.locator("#consequences")).to_contain_text("1,082,369")  # 31 x 1024 + 1025 x 1024 + 1025
    page.get_by_role("button", name="Train", exact=True).click()

    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    page.evaluate(WATCH)
    page.wait_for_function("() => new Set(window.shown).size >= 5", timeout=PATIENCE)
    assert state(page) == "running"
    page.reload()
    wait_for_the_end(page)
    steps = page.evaluate(POINTS)
    assert len(steps) == 170 * 11
    assert steps == list(range(1, len(steps) + 1))
    assert float(page.locator("[data-strip=best_dev_error]").inner_text().rstrip(" %")) <= 5


def test_two_people_at_two_browsers_see_the_same_run(new_context, signed_in_state, lab: Lab):
    pages = [new_context(storage_state=signed_in_state).new_page() for _ in range(2)]
    address = submit(lab, epochs=110)
    for page in pages:
        page.goto(address)
    for page in pages:
        wait_for_the_end(page)
        page.wait_for_function(f"() => ({POINTS})().length == 110 * 17")
        assert page.evaluate(POINTS) == list(range(1, 110 * 17 + 1))


def test_new_points_are_in_the_chart_before_plotly_draws_it_anew(signed_in_page: Page, lab: Lab):
    page = signed_in_page
    page.goto(submit(lab, epochs=110))
    page.wait_for_function(f"() => ({TIP})()?.includes('L')", timeout=PATIENCE)
    wait_for_the_end(page)
    assert page.evaluate(TIP) == ""
    assert page.evaluate(POINTS)[-1] == 110 * 17


def test_the_run_can_be_stopped_and_run_again_with_changes(signed_in_page: Page, lab: Lab):
    page = signed_in_page
    page.goto(submit(lab, epochs=100_000))
    expect(page.locator("[data-strip=state]")).to_have_text("running", timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    wait_for_the_end(page, "stopped")
    expect(page.locator("[data-strip=reason]")).to_contain_text("Stopped at step")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.get_by_role("link", name="Run again").click()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("100000")


def test_a_run_that_diverges_says_at_which_step_and_what_to_do(signed_in_page: Page, lab: Lab):
    page = signed_in_page
    page.goto(submit(lab, epochs=50, optimizer="gradient_descent", learning_rate=10, normalise="none"))
    wait_for_the_end(page, "diverged")
    reason = page.locator("[data-strip=reason]")
    expect(reason).to_contain_text(re.compile(r"at step \d"))
    expect(reason).to_contain_text("Lower the learning rate")


def test_a_run_survives_the_death_of_its_worker(signed_in_page: Page, lab: Lab):
    page = signed_in_page
    page.goto(submit(lab, epochs=110))
    page.wait_for_function(f"() => ({POINTS})().length > 50", timeout=PATIENCE)
    for process in lab.part("worker-training").children():
        process.kill()
    lab.part("worker-training").kill()
    wait_for_the_end(page)
    page.wait_for_function(f"() => ({POINTS})().length == 110 * 17", timeout=PATIENCE)
    assert page.evaluate(POINTS) == list(range(1, 110 * 17 + 1))


def test_the_page_catches_up_by_itself_after_the_connection_was_lost(signed_in_page: Page, lab: Lab):
    page = signed_in_page
    page.goto(submit(lab, epochs=110))
    page.wait_for_function(f"() => ({POINTS})().length > 50", timeout=PATIENCE)
    lab.part("web").kill()
    wait_for_the_end(page)
    page.wait_for_function(f"() => ({POINTS})().length == 110 * 17", timeout=PATIENCE)
    assert page.evaluate(POINTS) == list(range(1, 110 * 17 + 1))


def test_a_lost_connection_is_tried_again_ever_later_and_it_says_when(signed_in_page: Page, lab: Lab):
    page, tried = signed_in_page, []
    page.route_web_socket(re.compile("/ws/runs/"), lambda socket: (tried.append(socket), socket.close()))
    page.clock.install()
    page.goto(submit(lab, layers=[{"units": 8}], epochs=1))
    link = page.locator("#link-state")
    expect(link).to_have_text(re.compile(r"Connection lost, trying again in \d+ s"))
    for _ in range(240):
        page.clock.run_for(500)
    assert 7 <= len(tried) <= 14  # after about 1, 2, 4, 8, 16, 30, 30 ... s, each at least half as long
    soon = len(tried)
    page.get_by_role("button", name="Try to connect now").click()
    wait_until(lambda: len(tried) > soon, 5, "another attempt")


def test_a_page_that_was_offline_says_so_and_catches_up(signed_in_page: Page, lab: Lab, console: list[str]):
    page = signed_in_page
    page.goto(submit(lab, epochs=110))
    page.wait_for_function(f"() => ({POINTS})().length > 50", timeout=PATIENCE)
    page.context.set_offline(True)
    expect(page.locator("#link-state")).to_contain_text("Connection lost, trying again in")
    page.context.set_offline(False)
    expect(page.locator("#link-state")).to_have_text("Connected", timeout=5_000)
    wait_for_the_end(page)
    page.wait_for_function(f"() => ({POINTS})().length == 110 * 17", timeout=PATIENCE)
    assert page.evaluate(POINTS) == list(range(1, 110 * 17 + 1))
    console.clear()  # of what did not get through

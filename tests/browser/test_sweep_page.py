"""The page of a sweep in a real browser: its news, what is chosen, the file."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_cockpit import places
from tests.lab_process import Lab

# Paused: it can change, and no worker takes it
MAKE = """
from django.contrib.auth.models import User
from engine import Dense, Spec
from webapp.datasets.models import Dataset, Version
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import LogUniform, Options, Space
owner = User.objects.get(username="owner")
dataset = Dataset.objects.begin(owner=owner, name="Swept")
Version.objects.filter(pk=dataset.current_id).update(state="ready", task="binary")
space = Space(dimensions={"learning_rate": LogUniform(low=0.001, high=1),
                          "optimizer.kind": Options(options=("adam", "momentum"))})
sweep = Sweep.objects.create(owner=owner, version=dataset.current, name="swept", state="paused",
    spec=Spec(layers=(Dense(units=4),), head="sigmoid").model_dump(mode="json"),
    plan=Plan(space=space, trials=10).model_dump(mode="json"))
for number, (rate, kind, state) in enumerate(
        [(0.01, "adam", "finished"), (0.1, "momentum", "finished"), (0.5, "adam", "pruned")], 1):
    Trial.objects.create(sweep=sweep, number=number, group="g", state=state, score=number / 10, epoch=3,
        values={"learning_rate": rate, "optimizer.kind": kind})
print(sweep.pk)
"""
BETTER = """
from webapp.sweeps.models import Sweep, Trial
sweep = Sweep.objects.get(pk={pk})
Trial.objects.create(sweep=sweep, number=4, group="g", state="finished", score=0.05, epoch=3,
    values={{"learning_rate": 0.02, "optimizer.kind": "momentum"}}, revision=sweep.touch())
"""
END = """
from webapp.sweeps.ending import end
from webapp.sweeps.models import Sweep
end(Sweep.objects.get(pk={pk}), Sweep.State.FINISHED, "")
"""
MORE = """
from webapp.sweeps.models import Sweep, Trial
sweep = Sweep.objects.get(pk={pk})
for n in range({first}, {first} + 20):
    Trial.objects.create(sweep=sweep, number=n, group="g", state="finished", epoch=3,
        score=0.1 + 0.01 * abs(n % 20 - 12),
        values={{"learning_rate": 10 ** (n % 20 / 7 - 3), "optimizer.kind": "adam"}})
"""
CLEAN = """
from webapp.datasets.models import Dataset
from webapp.sweeps.models import Sweep
Sweep.objects.filter(version__dataset__name="Swept").delete()
Dataset.objects.filter(name="Swept").delete()
"""


@pytest.fixture  # asked for before the page, which is then closed before the sweep is deleted
def sweep(lab: Lab) -> Iterator[str]:
    yield lab.shell(MAKE).strip()
    lab.shell(CLEAN)


def test_news_come_by_themselves_and_what_is_chosen_filters_everything(
    sweep: str, signed_in_page: Page, lab: Lab
) -> None:
    page = signed_in_page
    page.goto(f"/sweeps/{sweep}/")
    rows, best = page.locator("#trials tbody tr"), page.locator("#leaderboard li")
    expect(page.locator("#link-state")).to_have_text("Connected")
    page.locator("#sort-1").focus()
    lab.shell(BETTER.format(pk=sweep))
    expect(page.locator("[data-strip=best]")).to_have_text("5.00 %")
    expect(rows).to_have_count(4)
    expect(best).to_have_count(3)
    assert page.evaluate("document.activeElement.id") == "sort-1"

    page.get_by_role("button", name=re.compile("^finished")).click()
    expect(rows).to_have_count(3)
    page.locator("#trials th a", has_text="Learning rate").click()
    expect(page.locator("#trials th[aria-sort=ascending]")).to_have_text("Learning rate")
    page.locator("#sweep-q").fill("1, 4")
    expect(rows).to_have_count(2)
    expect(best).to_have_count(2)
    for part in ("state=finished", "sort=learning_rate", "q=1%2C"):
        assert part in page.url
    with page.expect_download() as told:
        page.locator("#trials-csv").click()
    assert re.findall(r"^\d+", told.value.path().read_text(), re.MULTILINE) == ["1", "4"]

    page.locator("#choose-all").click()
    expect(rows).to_have_count(4)
    page.set_viewport_size({"width": 1440, "height": 300})
    page.locator("#open-1").focus()
    strip = page.locator(".strip").bounding_box()
    for _ in range(6):  # up the table, each time to a line above what is in view
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= strip["height"]
    page.locator("#best-4").click()
    expect(page.get_by_role("dialog")).to_contain_text("Momentum")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "best-4"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="More commands").click()
    menu, button = places(page)
    assert 0 < menu["top"] - button["bottom"] < 10
    assert 0 <= menu["left"] < menu["right"] <= 360


def test_a_double_click_adds_trials_once_and_the_plan_says_so(sweep: str, signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto(f"/sweeps/{sweep}/")
    page.get_by_role("button", name="More commands").click()
    page.locator("#add-trials").fill("1")
    page.get_by_role("button", name="Add", exact=True).dblclick()
    expect(page.locator("#sweep-plan")).to_contain_text("11 trials")
    expect(page.locator("[data-strip=trials]")).to_have_text("3 of 11")


def test_what_was_refused_is_said_until_it_is_mended(sweep: str, signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto(f"/sweeps/{sweep}/")
    page.keyboard.press("m")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Further")).to_be_focused()
    page.keyboard.type("0")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#sweep-problem")).to_contain_text("0 is too small")
    page.get_by_label("Further").fill("5")
    expect(page.locator("#sweep-problem")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#sweep-said")).to_have_text("15 trials in all.")


def test_of_the_table_only_what_is_new_is_touched(sweep: str, signed_in_page: Page, lab: Lab) -> None:
    page = signed_in_page
    page.goto(f"/sweeps/{sweep}/")
    expect(page.locator("#link-state")).to_have_text("Connected")
    page.evaluate(
        "document.querySelectorAll('#trials tr, #controls').forEach((node) => { node.kept = true; })"
    )
    lab.shell(BETTER.format(pk=sweep))
    expect(page.locator("#trials tbody tr")).to_have_count(4)
    kept = (
        "[...document.querySelectorAll('#trials tbody tr, #controls')].map((node) => [node.id, !!node.kept])"
    )
    assert page.evaluate(kept) == [
        ["controls", True], ["trial-4", False], ["trial-1", True], ["trial-2", True], ["trial-3", True],
    ]  # fmt: skip
    page.locator("#open-4").click()
    expect(page.get_by_role("dialog")).to_contain_text("Trial 4")


def test_what_a_running_sweep_tells_is_asked_for_when_somebody_looks(
    sweep: str, signed_in_page: Page
) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1440, "height": 400})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/sweeps/{sweep}/")
    expect(page.locator("#link-state")).to_have_text("Connected")
    with page.expect_response("**/parts/"):
        page.evaluate("document.dispatchEvent(new CustomEvent('sweep-news'))")
    assert not [address for address in asked if address.endswith("/findings/")]
    page.locator("#findings").scroll_into_view_if_needed()
    expect(page.locator("#suggestion")).to_be_attached()


def test_what_a_sweep_tells_comes_anew_without_taking_the_focus(
    sweep: str, signed_in_page: Page, lab: Lab
) -> None:
    page = signed_in_page
    lab.shell(MORE.format(pk=sweep, first=4))
    page.goto(f"/sweeps/{sweep}/")
    page.locator("#findings").scroll_into_view_if_needed()
    page.locator("#suggested-edit").focus()
    page.evaluate("document.getElementById('suggested-box').kept = true")
    lab.shell(MORE.format(pk=sweep, first=24))
    page.evaluate("document.dispatchEvent(new CustomEvent('sweep-news', { detail: { live: false } }))")
    expect(page.locator("#suggestion")).to_contain_text("42 of them finished")
    expect(page.locator("#suggested-edit")).to_be_focused()
    assert page.evaluate("document.getElementById('suggested-box').kept")


def test_what_costs_much_comes_more_seldom_and_never_seems_stuck(sweep: str, signed_in_page: Page) -> None:
    signed_in_page.goto(f"/sweeps/{sweep}/")
    rests = """async () => {
      const known = performance.getEntriesByType("resource").map(({ name }) => name);
      const { restAfter } = await import(known.find((name) => name.includes("/sweep/pace.")));
      return [restAfter(10), restAfter(50), restAfter(1000), restAfter(50, 4), restAfter(1000, 9)];
    }"""
    assert signed_in_page.evaluate(rests) == [1000, 2000, 5000, 1250, 1000]


@pytest.mark.usefixtures("nothing_unread")
def test_the_bell_tells_that_a_sweep_has_ended_and_leads_to_it(
    sweep: str, signed_in_page: Page, lab: Lab
) -> None:
    page = signed_in_page
    page.goto("/runs/")
    count = page.locator("#bell-count")
    lab.shell(END.format(pk=sweep))
    expect(count).to_contain_text("1 unread", timeout=30_000)
    page.get_by_role("button", name=re.compile("Notices")).click()
    line = page.locator("#notices-menu").get_by_role("link", name=re.compile("swept")).first
    expect(line).to_contain_text("3 trials, best dev error 10.00 %")
    line.click()
    page.wait_for_url(f"**/sweeps/{sweep}/")
    expect(count).not_to_contain_text("unread")

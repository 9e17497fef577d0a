"""The list of runs, comparing, sharing and notices in a real browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.lab_process import Lab

PATIENCE = 30_000  # ms
MAKE = """
import numpy as np
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from engine import Dense, Spec
from webapp.datasets.models import Dataset, Version
from webapp.runs.history.columns import pack
from webapp.runs.models import Attempt, Chunk, Run
owner = User.objects.get(username="owner")
dataset = Dataset.objects.begin(owner=owner, name="Many")
Version.objects.filter(pk=dataset.current_id).update(state="ready", task="binary")
for seed in range(3):
    spec = Spec(layers=(Dense(units=4),), head="sigmoid", epochs=3, seed=seed).model_dump(mode="json")
    run = Run.objects.create(owner=owner, version=dataset.current, name=f"many {seed}", spec=spec, attempt=1,
        state="finished", best_dev_error=0.1 * (seed + 1), step=30, n_steps=30, epoch=3)
    Attempt.objects.create(run=run, number=1)
    epoch = np.arange(1, 4)
    columns = pack({"cost": 1 / np.arange(1, 31), "seconds": np.arange(30) / 10},
        {"epoch": epoch, "step": epoch * 10, "train_cost": epoch, "train_error": 1 / epoch, "dev_cost": epoch,
         "dev_error": 1 / epoch})
    Chunk.objects.create(run=run, attempt=1, sequence=1, first_step=1, n_steps=30, columns=columns)
    print(run.pk)
"""
FOCUS = "document.activeElement.id"


def change(lab: Lab, pk: str, **fields: str) -> None:
    """Change fields of a run; the values are Python."""
    changes = ", ".join(f"{name}={value}" for name, value in fields.items())
    imports = "from webapp.runs.models import Run; from django.utils import timezone; import datetime"
    lab.shell(f"{imports}; Run.objects.filter(pk={pk}).update({changes})")


@pytest.fixture(scope="module")
def three(lab: Lab) -> Iterator[list[str]]:
    """Three runs that ended, of a dataset of their own, for all tests here; gone afterwards."""
    yield lab.shell(MAKE).split()
    lab.shell(
        "from webapp.datasets.models import Dataset; from webapp.runs.models import Run;"
        "Run.objects.filter(version__dataset__name='Many').delete();"
        "Dataset.objects.filter(name='Many').delete()",
    )


def test_a_wrong_word_is_told_beside_the_box_and_the_list_stays(
    signed_in_page: Page, three: list[str]
) -> None:
    page = signed_in_page
    page.goto("/runs/?q=dataset:many")
    page.locator("#q").fill("dataset:many optimizer:adm")
    expect(page.locator("#search-problem")).to_contain_text("Word 2")
    expect(page.locator("#runs tbody tr")).to_have_count(3)
    page.locator("#q").fill("dataset:many seed>0")
    expect(page.locator("#runs tbody tr")).to_have_count(2)
    expect(page.locator("#search-problem")).not_to_contain_text("Word")
    assert "seed" in page.url


def test_deleted_runs_come_back_by_one_click(signed_in_page: Page, three: list[str]) -> None:
    page = signed_in_page
    page.goto("/runs/?q=dataset:many")
    page.locator("#pick-page").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#messages")).to_contain_text("3 runs deleted")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("3 runs are back")


def test_runs_are_compared_and_a_chart_below_is_drawn_when_it_is_seen(
    signed_in_page: Page, three: list[str]
) -> None:
    page = signed_in_page
    page.set_viewport_size({"width": 1000, "height": 500})
    page.goto("/runs/?q=dataset:many")
    page.locator("#pick-page").check()
    page.get_by_role("button", name="Compare").click()
    page.locator("#compare-cost .main-svg").first.wait_for()
    assert page.locator("#compare-parallel .main-svg").count() == 0
    page.locator("#compare-parallel").scroll_into_view_if_needed()
    page.locator("#compare-parallel .main-svg").first.wait_for()
    page.locator("#compare-baseline").select_option(three[0])
    expect(page.get_by_text("▲ 10.00 % worse")).to_be_visible()
    assert f"baseline={three[0]}" in page.url
    page.locator("#compare-group").select_option("seed")
    expect(page.get_by_role("heading", name="Groups")).to_be_visible()


def test_a_shared_run_is_seen_without_an_account_until_the_link_is_revoked(
    signed_in_page: Page, new_context: Callable[..., Any], console: list[str], three: list[str]
) -> None:
    page = signed_in_page
    page.goto(f"/runs/{three[0]}/share/")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#share-link").input_value()
    stranger = new_context().new_page()
    stranger.goto(link)
    expect(stranger.locator("#link-state")).to_have_text("Connected", timeout=PATIENCE)
    stranger.wait_for_function("() => document.getElementById('cost-chart').data?.[0].x.length === 30")
    assert stranger.locator("form[method=post]").count() == 0
    assert console == []
    page.get_by_role("button", name=re.compile("Revoke")).click()
    expect(stranger.locator("#link-state")).to_contain_text("not there for you any more", timeout=10_000)
    assert stranger.goto(link).status == 404
    console.clear()  # of the socket and the page that were refused


def test_who_was_signed_out_meanwhile_is_told_so(
    signed_in_page: Page, console: list[str], three: list[str]
) -> None:
    page = signed_in_page
    page.goto(f"/runs/{three[0]}/")
    expect(page.locator("#link-state")).to_have_text("Connected", timeout=PATIENCE)
    page.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#link-state")).to_contain_text("You are signed out", timeout=PATIENCE)
    console.clear()  # of the socket that was refused


@pytest.mark.usefixtures("nothing_unread")
def test_the_bell_rings_and_the_browser_tells_when_that_was_turned_on(
    signed_in_page: Page, lab: Lab, three: list[str]
) -> None:
    page = signed_in_page
    page.context.grant_permissions(["notifications"])
    page.add_init_script("""window.told = [];
        window.Notification = class extends Notification {
          constructor(title, options) { super(title, options); window.told.push(options.body); } };""")
    page.goto("/notices/settings/")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Notifications are on.")).to_be_visible()
    lab.shell(
        "from webapp.runs.models import Run; from webapp.runs.notices.of_runs import notify;"
        f"notify(Run.objects.get(pk={three[0]}))",
    )
    expect(page.locator("#bell-count")).to_contain_text("1 unread", timeout=PATIENCE)
    page.wait_for_function("() => window.told.length === 1")
    page.get_by_role("button", name=re.compile("Notices")).click()
    page.locator("#notices-menu").get_by_role("link", name=re.compile("many 0")).click()
    page.wait_for_url(f"**/runs/{three[0]}/")
    expect(page.locator("#bell-count")).not_to_contain_text("unread")


@pytest.mark.parametrize("address", ["/runs/compare/", "/notices/", "/notices/settings/"])
def test_no_new_page_is_wider_than_a_narrow_screen(signed_in_page: Page, address: str) -> None:
    signed_in_page.set_viewport_size({"width": 360, "height": 740})
    signed_in_page.goto(address)
    assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= 360


# The last one: it changes the runs
def test_ticks_and_focus_survive_the_news(signed_in_page: Page, lab: Lab, three: list[str]) -> None:
    page, (first, second, _) = signed_in_page, three
    live = "timezone.now() + datetime.timedelta(hours=1)"
    change(lab, first, state="'running'", lease_until=live)
    page.goto("/runs/?q=dataset:many")
    page.locator(f"#pick-{first}").check()
    page.locator(f"#open-{first}").focus()
    change(lab, first, epoch="1")
    expect(page.locator(f"#run-{first}")).to_contain_text("1 of 3", timeout=PATIENCE)
    expect(page.locator(f"#pick-{first}")).to_be_checked()
    assert page.evaluate(FOCUS) == f"open-{first}"
    change(lab, second, deleted="timezone.now()")
    expect(page.locator(f"#run-{second}")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(f"#pick-{first}")).to_be_checked()
    expect(page.locator("#bulk-count")).to_have_text("1 chosen")

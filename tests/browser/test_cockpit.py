"""Flying a run in a browser: every command at its button or key, and what the page shows of it."""

import json
import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_whole_path import PATIENCE, POINTS, submit, wait_for_the_end
from tests.lab_process import Lab, wait_until

LONG = 100_000  # epochs: it is ended by hand


@pytest.fixture
def page(signed_in_page: Page, lab: Lab) -> Page:
    """The page of a run that trains, and is stopped in the end."""
    signed_in_page.goto(submit(lab, layers=[{"units": 64}], epochs=LONG))
    expect(signed_in_page.locator("[data-strip=state]")).to_have_text("running", timeout=PATIENCE)
    yield signed_in_page
    if signed_in_page.locator("dialog[open]").count():
        signed_in_page.keyboard.press("Escape")
    if signed_in_page.get_by_role("button", name="Stop", exact=True).is_visible():
        signed_in_page.get_by_role("button", name="Stop", exact=True).click()
        wait_for_the_end(signed_in_page, "stopped")


def state(page: Page) -> str:
    return page.locator("[data-strip=state]").inner_text()


def shall_be(page: Page, words: str) -> None:
    expect(page.locator("[data-strip=state]")).to_have_text(words, timeout=PATIENCE)


def history(page: Page) -> dict[str, list[float]]:
    """The steps that the server has, so many of the first that it gives each of them."""
    address = page.locator("#run").get_attribute("data-history")
    answer = page.request.get(f"{address}?first=0&last=1400")
    return answer.json()["series"]["steps"]


def test_a_run_that_ended_before_the_first_message_has_no_buttons_to_stop_it(signed_in_page: Page, lab: Lab):
    held = []
    signed_in_page.route("**/hone/live*.js", lambda request: held.append(request))
    address = submit(lab, layers=[{"units": 64}], epochs=LONG)
    signed_in_page.goto(address, wait_until="commit")
    stop = signed_in_page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    token = signed_in_page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    headers = {"X-CSRFToken": token, "Referer": signed_in_page.url}
    signed_in_page.request.post(f"{address}command/", form={"kind": "stop"}, headers=headers)
    wait_until(lambda: ">stopped<" in signed_in_page.request.get(address).text(), 30, "the end of the run")
    for request in held:
        request.continue_()
    wait_for_the_end(signed_in_page, "stopped")
    expect(stop).to_be_hidden()


def test_a_learning_rate_that_is_changed_on_the_way_is_marked_and_bends_the_curve(page: Page):
    page.locator("#cockpit").get_by_role("button", name="0.01").click()
    entry = page.locator("#log li[data-kind=change]")
    expect(entry).to_contain_text("Learning rate 0.001 → 0.01")
    expect(entry).to_contain_text(re.compile(r"from step [\d,]+"))
    assert int(entry.get_attribute("data-step")) > 1
    expect(page.locator("#cockpit h3").first).to_have_text("Learning rate 0.01")


def test_anything_else_is_changed_in_a_dialog_that_says_what_differs(page: Page):
    page.keyboard.press("c")
    dialog = page.locator("#dialog")
    dialog.get_by_label("Batch size", exact=True).fill("128")
    dialog.get_by_label("Batch size", exact=True).press("Tab")
    expect(dialog.get_by_text("changed from 64")).to_be_visible()
    dialog.get_by_role("button", name="Change from the next step on").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#log li").first).to_contain_text("Batch size 64 → 128")


def test_enter_in_a_field_of_the_dialog_makes_the_change_and_adds_no_row(page: Page):
    page.keyboard.press("c")
    rate = page.locator("#dialog").get_by_label("Learning rate", exact=True)
    rate.fill("0.002")
    rate.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator("#log li").first).to_contain_text("Learning rate 0.001 → 0.002")
    expect(page.locator("#log li[data-kind=change]")).to_have_count(1)


def test_what_is_planned_is_drawn_anew_after_a_change(page: Page):
    page.goto(f"{page.url}?charts=learning_rate")
    page.locator("[data-name=learning_rate] .main-svg").first.wait_for()
    planned = "document.querySelector('[data-name=learning_rate] .chart').data.at(-1)"
    assert page.evaluate(f"{planned}.y[0]") == pytest.approx(0.001)
    page.locator("#cockpit").get_by_role("button", name="0.003").click()
    page.wait_for_function(
        f"() => {planned}.name === 'planned' && {planned}.y[0] === 0.003", timeout=PATIENCE
    )


def test_a_wrong_value_is_said_in_the_dialog_and_the_run_goes_on(page: Page):
    page.keyboard.press("c")
    dialog = page.locator("#dialog")
    dialog.get_by_label("Learning rate", exact=True).fill("0,5")
    dialog.get_by_role("button", name="Change from the next step on").click()
    expect(dialog.get_by_text("Write decimals with a point")).to_be_visible()
    page.keyboard.press("Escape")
    assert state(page) == "running"


def test_a_run_that_is_paused_stays_so_over_a_reload_and_goes_on_without_a_gap(page: Page):
    page.keyboard.press("Space")
    shall_be(page, "paused")
    page.reload()
    shall_be(page, "paused")
    last = page.locator("#log li[data-kind=pause]").get_attribute("data-step")
    page.get_by_role("button", name="Resume").click()
    shall_be(page, "running")
    expect(page.locator("#log li").first).to_contain_text("Resumed")
    page.wait_for_function(f"() => ({POINTS})().at(-1) > {last}", timeout=PATIENCE)
    steps = history(page)["step"]
    assert steps == list(range(1, len(steps) + 1))


def test_a_branch_goes_on_from_its_checkpoint_and_shows_its_parents_curve(page: Page):
    page.keyboard.press("k")
    page.locator("#cockpit summary").filter(has_text="Checkpoints").click()
    kept = page.locator("#cockpit li").filter(has_text="asked for")
    expect(kept).to_be_visible()
    parent = history(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_the_end(page, "stopped")
    kept.get_by_role("button", name="Branch").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name", exact=True).fill("gentler")
    dialog.get_by_label("Learning rate", exact=True).fill("0.0001")
    dialog.get_by_role("button", name="Branch", exact=True).dblclick()  # two clicks, but one branch
    expect(page.locator("h1")).to_have_text("gentler", timeout=PATIENCE)
    assert page.request.get("/runs/?q=gentler").text().count(">gentler<") == 1
    shall_be(page, "running")
    expect(page.locator("#log li[data-kind=branch]")).to_contain_text("from the shell")
    child = history(page)
    branched = int(page.locator("#log li[data-kind=branch]").get_attribute("data-step")) - 1
    common = min(branched, len(parent["cost"]), len(child["cost"]))
    assert common > 0
    assert child["cost"][:common] == parent["cost"][:common]


def places(page: Page) -> tuple[dict[str, float], dict[str, float]]:
    """Where the menu of further commands and its button stand, both at once: news may move the button."""
    return page.evaluate(
        """() => ["#more-controls", "[popovertarget=more-controls]"].map(
             (one) => document.querySelector(one).getBoundingClientRect().toJSON())"""
    )


@pytest.mark.parametrize("width", [360, 1440])
def test_the_menu_of_further_commands_opens_below_its_button_and_within_the_screen(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 740})
    page.get_by_role("button", name="More commands").click()
    expect(page.locator("#more-controls")).to_be_visible()
    menu, button = places(page)
    assert 0 < menu["top"] - button["bottom"] < 10
    assert 0 <= menu["left"] < button["right"]
    assert menu["right"] <= width
    page.keyboard.press("Escape")


BELOW = """() => {
    const [menu, button] = ["#more-controls", "[popovertarget=more-controls]"].map(
        (one) => document.querySelector(one).getBoundingClientRect());
    return scrollY > 0 && menu.top > button.bottom && menu.top < button.bottom + 10;
}"""


@pytest.mark.parametrize("width", [360, 1440])  # the strip scrolls away, and stays at the top
def test_the_menu_of_further_commands_stays_below_its_button_while_the_page_scrolls(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 740})
    page.get_by_role("button", name="More commands").click()
    page.evaluate("() => scrollTo(0, 120)")
    page.wait_for_function(BELOW)
    page.evaluate("() => scrollTo(0, 0)")
    page.keyboard.press("Escape")


def test_the_menu_of_further_commands_goes_where_its_button_goes(page: Page):
    page.set_viewport_size({"width": 1440, "height": 740})
    page.get_by_role("button", name="More commands").click()
    expect(page.locator("#more-controls")).to_be_visible()
    _, before = places(page)
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("() => document.querySelector('h1').append(' ' + 'of many words '.repeat(8))")
    menu, button = places(page)
    assert button["bottom"] > before["bottom"] + 40
    assert 0 < menu["top"] - button["bottom"] < 10
    assert 0 <= menu["left"] < button["right"]
    page.keyboard.press("Escape")


def test_the_menu_of_further_commands_opens_above_its_button_where_below_is_no_room(page: Page):
    page.set_viewport_size({"width": 360, "height": 740})
    _, button = places(page)
    page.set_viewport_size({"width": 360, "height": int(button["bottom"]) + 30})
    page.get_by_role("button", name="More commands").click()
    expect(page.locator("#more-controls")).to_be_visible()
    menu, button = places(page)
    assert 0 < button["top"] - menu["bottom"] < 10
    page.keyboard.press("Escape")


def test_the_keys_are_listed_on_request(page: Page):
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Pause")
    expect(keys).to_contain_text("Checkpoint now")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_no_point_is_lost_while_redis_stands_still(page: Page, lab: Lab):
    redis = lab.part("redis")
    redis.send_signal(signal.SIGSTOP)
    try:
        before = steps_done(page)
        time.sleep(10)  # so long Redis stands still: it is what the test is about, not a wait for something
        page.wait_for_function(f"() => ({STEPS_DONE})() > {before}", timeout=PATIENCE)
    finally:
        redis.send_signal(signal.SIGCONT)
    page.wait_for_function(
        "() => document.getElementById('link-state').textContent === 'Connected'", timeout=5_000
    )
    last = steps_done(page)
    page.wait_for_function(f"() => ({STEPS_DONE})() > {last}", timeout=5_000)
    steps = history(page)["step"]
    assert steps == list(range(1, len(steps) + 1))
    assert state(page) == "running"


STEPS_DONE = f"() => ({POINTS})().at(-1) ?? 0"


def steps_done(page: Page) -> int:
    return page.evaluate(STEPS_DONE)


def test_a_command_can_be_given_by_a_script(page: Page):
    address = page.url.rstrip("/") + "/command/"
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.request.post(
        address,
        data=json.dumps({"kind": "extend", "values": {"epochs": 0}}),
        headers={"Content-Type": "application/json", "X-CSRFToken": token, "Referer": page.url},
    )
    assert answer.status == 409
    assert "whole number from 1" in answer.json()["error"]


def news(page: Page) -> None:
    """Somebody else has a checkpoint written, and this page shows it."""
    shown = page.locator("#log li[data-kind=checkpoint]").count()
    order_checkpoint(page)
    expect(page.locator("#log li[data-kind=checkpoint]")).to_have_count(shown + 1, timeout=PATIENCE)


def unshown_news(page: Page) -> None:
    """Somebody else has a checkpoint written, and this page hears that there is news."""
    page.evaluate("""() => {
        window.heard = false;
        document.body.addEventListener("revision", () => { window.heard = true; }, {once: true});
    }""")
    order_checkpoint(page)
    page.wait_for_function("() => window.heard", timeout=PATIENCE)


def order_checkpoint(page: Page) -> None:
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    page.request.post(
        page.url + "command/",
        data=json.dumps({"kind": "checkpoint"}),
        headers={"Content-Type": "application/json", "X-CSRFToken": token, "Referer": page.url},
    )


def test_a_button_that_was_pressed_with_the_keyboard_keeps_the_focus(page: Page):
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Resume")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused(timeout=PATIENCE)


def test_a_dialog_begins_at_its_first_field_and_gives_the_focus_back(page: Page):
    page.get_by_role("button", name="Change …").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog").get_by_label("Learning rate", exact=True)).to_be_focused()
    news(page)  # the button that opened the dialog is another one now
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Change …")).to_be_focused()


def test_news_disturb_nobody_who_types(page: Page):
    page.get_by_role("button", name="More commands").click()
    epochs = page.locator("#extend-epochs")
    epochs.fill("37")
    news(page)
    expect(epochs).to_be_focused()
    expect(epochs).to_have_value("37")
    epochs.press("Enter")
    expect(page.locator("#cockpit [role=alert]")).to_contain_text("epochs", timeout=PATIENCE)
    expect(epochs).to_have_value("37")  # a refusal loses nothing
    news(page)
    expect(page.locator("#cockpit [role=alert]")).to_contain_text("epochs")
    page.get_by_role("button", name="Checkpoint now").click()
    expect(page.locator("#cockpit [role=alert]")).to_have_count(0)
    page.keyboard.press("Escape")


def test_a_button_that_is_pressed_while_news_come_is_still_clicked(page: Page):
    written = page.locator("#log li[data-kind=checkpoint]")
    expect(written).to_have_count(0)
    page.get_by_role("button", name="More commands").click()
    page.get_by_role("button", name="Checkpoint now").hover()
    page.mouse.down()
    unshown_news(page)
    page.mouse.up()
    expect(written).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("#more-controls")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Checkpoint now").focus()
    page.keyboard.down("Space")
    unshown_news(page)
    page.keyboard.up("Space")
    expect(written).to_have_count(4, timeout=PATIENCE)


def test_a_refusal_that_comes_after_newer_news_is_shown_all_the_same(page: Page):
    held = []
    page.route("**/command/", lambda route: held.append(route), times=1)
    page.get_by_role("button", name="More commands").click()
    page.locator("#extend-epochs").fill("0")
    with page.expect_request("**/command/"):
        page.locator("#extend-epochs").press("Enter")
    unshown_news(page)
    held[0].continue_()
    expect(page.locator("#cockpit [role=alert]")).to_contain_text("whole number from 1", timeout=PATIENCE)
    expect(page.locator("#log li[data-kind=checkpoint]")).to_have_count(1, timeout=PATIENCE)
    page.keyboard.press("Escape")


def test_a_refusal_is_in_view_on_a_narrow_page(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="More commands").click()
    page.locator("#extend-epochs").fill("0")
    page.locator("#extend-epochs").press("Enter")
    expect(page.locator("#cockpit [role=alert]")).to_be_in_viewport(timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_folds_stay_open_while_the_fields_of_a_dialog_are_drawn_anew(page: Page):
    page.keyboard.press("c")
    page.locator("#dialog summary", has_text="Regularisation").click()
    page.locator("#dialog").get_by_label("L2 (lambda)").fill("0.5")
    page.keyboard.press("Tab")
    expect(page.locator("#dialog").get_by_text("changed from 0")).to_be_visible()
    expect(page.locator("#dialog").get_by_label("Keep in layer 1")).to_be_visible()

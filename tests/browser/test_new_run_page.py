"""Editing a spec in a real browser: nothing that is typed is lost, and the focus stays where it belongs."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.lab_process import Lab

PATIENCE = 30_000  # ms, for a machine that is busy with other things


@pytest.fixture
def editor(signed_in_page: Page) -> Page:
    """The New run page of the built-in iris data: layers of 64 and 32 units."""
    page = signed_in_page
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto("/datasets/new/")
    page.get_by_role("button", name=re.compile("^Iris")).click()
    page.get_by_role("link", name="Train a network").click()
    expect(page.locator("#layers-0-units")).to_have_value("64")
    return page


def test_the_consequences_follow_while_the_focus_stays(editor: Page):
    units = editor.locator("#layers-0-units")
    units.fill("")
    units.press_sequentially("100")
    expect(editor.locator("#consequences")).to_contain_text("3,831")  # 5 x 100 + 101 x 32 + 33 x 3
    expect(units).to_be_focused()
    units.press_sequentially("0")
    expect(editor.locator("#consequences")).to_contain_text("37,131")
    expect(units).to_have_value("1000")


def test_what_was_typed_before_the_page_could_listen_counts_all_the_same(editor: Page):
    def come_late(route: Route) -> None:
        editor.locator("#layers-0-units").fill("100")
        route.continue_()

    editor.route("**/htmx*.js", come_late)
    editor.reload()
    expect(editor.locator("#consequences")).to_contain_text("3,831")
    expect(editor.locator("#layers-0-units")).to_have_value("100")


def test_layers_are_added_moved_and_removed_with_the_keyboard_alone(editor: Page):
    editor.locator("#layers-add").press("Enter")
    expect(editor.locator("#layers-2-units")).to_be_focused()
    editor.keyboard.press("Control+a")
    editor.keyboard.type("7")
    editor.locator("#layers-2-up").press("Enter")
    expect(editor.locator("#layers-1-units")).to_have_value("7")
    expect(editor.locator("#layers-1-up")).to_be_focused()
    editor.keyboard.press("Enter")
    expect(editor.locator("#layers-0-units")).to_have_value("7")
    expect(editor.locator("#layers-0-down")).to_be_focused()
    editor.locator("#layers-0-remove").press("Enter")
    expect(editor.locator("#layers-2-units")).to_have_count(0)
    expect(editor.locator("#layers-0-units")).to_have_value("64")


def test_an_edit_before_a_button_has_the_focus_does_not_press_it(editor: Page):
    editor.locator("#layers-1-units").fill("9")
    editor.locator("#layers-add").focus()
    expect(editor.locator(".network")).to_contain_text("9")
    expect(editor.locator(".layer-row")).to_have_count(2)
    expect(editor.locator("#layers-add")).to_be_focused()


def test_an_edit_is_told_though_the_tab_key_went_on_to_a_button_that_leads_elsewhere(editor: Page):
    units, batch = editor.locator("#layers-0-units"), editor.locator("#batch_size")
    units.fill("99")
    units.press("Tab")
    expect(editor.locator("#turn-layers-0-units")).to_be_focused()
    expect(editor.locator("#consequences")).to_contain_text("3,794")  # 5 x 99 + 100 x 32 + 33 x 3
    expect(editor.locator("#turn-layers-0-units")).to_be_focused()
    batch.fill("0")
    batch.press("Tab")
    expect(batch).to_have_attribute("aria-invalid", "true")
    expect(editor.locator("#launch-summary")).to_contain_text("1 thing to mend")


def test_another_kind_brings_its_own_constants(editor: Page):
    editor.get_by_label("Optimizer").select_option("Momentum")
    editor.get_by_text("Constants of Momentum").click()
    beta = editor.get_by_label("Beta", exact=True)
    beta.fill("0,9")
    expect(editor.locator("#status-optimizer-beta")).to_contain_text("0.9 instead of 0,9")
    expect(beta).to_be_focused()
    beta.fill("0.8")
    expect(editor.locator("#status-optimizer-beta")).not_to_contain_text("instead")


def test_another_dataset_keeps_the_network_and_moves_the_address(editor: Page):
    editor.goto("/datasets/new/")
    editor.get_by_role("button", name=re.compile("^Diabetes")).click()
    editor.get_by_role("link", name="Train a network").click()
    editor.locator("#layers-0-units").fill("11")
    editor.get_by_label("Dataset").select_option("Iris")
    editor.wait_for_url(re.compile(r"\?dataset=\d+$"))
    expect(editor.locator("#head")).to_have_value("softmax")
    expect(editor.locator("#layers-0-units")).to_have_value("11")


def test_a_form_whose_dataset_was_deleted_elsewhere_goes_on_with_another(editor: Page, lab: Lab):
    editor.goto("/datasets/new/")
    editor.get_by_role("button", name=re.compile("^Moons")).click()
    editor.get_by_role("link", name="Train a network").click()
    editor.get_by_label("Name", exact=True).fill("Kept")
    moons = editor.get_by_label("Dataset").input_value()
    lab.shell(f"from webapp.datasets.models import Dataset; Dataset.objects.get(pk={moons}).delete()")
    editor.locator("#epochs").fill("3")
    expect(editor.locator("#status-dataset")).to_contain_text("The dataset was deleted.")
    expect(editor.get_by_label("Dataset")).to_have_attribute("aria-invalid", "true")
    editor.get_by_label("Dataset").select_option("Iris")
    expect(editor.locator("#consequences")).to_contain_text("2,499")  # 5 x 64 + 65 x 32 + 33 x 3
    expect(editor.locator("#epochs")).to_have_value("3")
    editor.get_by_role("button", name="Train", exact=True).click()
    expect(editor.get_by_role("heading", level=1)).to_have_text("Kept")


def test_who_was_signed_out_elsewhere_keeps_the_form_and_goes_on_once_signed_in_again(editor: Page, lab: Lab):
    told, trained = editor.locator("#signed-out"), editor.locator("[data-strip=state]")
    editor.context.clear_cookies(name="sessionid")
    editor.locator("#layers-0-units").fill("100")
    expect(told).to_be_visible()
    expect(editor.locator("#layers-0-units")).to_have_value("100")
    elsewhere = editor.context.new_page()
    elsewhere.goto(lab.new_link())
    editor.locator("#epochs").fill("2")
    expect(told).to_be_hidden()
    expect(editor.locator("#consequences")).to_contain_text("3,831")
    editor.context.clear_cookies(name="sessionid")
    elsewhere.goto(lab.new_link())
    editor.get_by_role("button", name="Train", exact=True).click()
    expect(trained).to_be_visible()


def test_a_preset_keeps_the_name_that_was_typed(editor: Page):
    editor.get_by_label("Name", exact=True).fill("Iris & co, 50 %")
    editor.get_by_role("link", name=re.compile("^Wide")).click()
    expect(editor.locator("#layers-0-units")).to_have_value("256")
    expect(editor.get_by_label("Name", exact=True)).to_have_value("Iris & co, 50 %")
    editor.get_by_label("Name", exact=True).fill("")
    editor.get_by_role("link", name=re.compile("^Quick look")).click()
    expect(editor.locator("#layers-0-units")).to_have_value("32")
    expect(editor.get_by_label("Name", exact=True)).to_have_value("")


def test_the_train_button_is_in_view_on_a_phone(editor: Page):
    editor.set_viewport_size({"width": 360, "height": 640})
    editor.mouse.wheel(0, 5000)
    expect(editor.get_by_role("button", name="Train", exact=True)).to_be_in_viewport()
    assert editor.evaluate("() => document.documentElement.scrollWidth") == 360


def test_two_clicks_on_train_make_one_run(editor: Page):
    before = editor.request.get("/runs/").text().count('<tr id="run-')
    editor.get_by_role("button", name="Train", exact=True).dblclick()
    expect(editor.locator("[data-strip=state]")).to_have_text("finished")
    editor.goto("/runs/")
    expect(editor.locator("tbody tr")).to_have_count(before + 1)


def test_somebody_who_comes_back_trains_again(editor: Page):
    train = editor.get_by_role("button", name="Train", exact=True)
    train.click()
    expect(editor.locator("[data-strip=state]")).to_be_visible()
    first = editor.url
    editor.go_back()
    train.click()
    expect(editor.locator("[data-strip=state]")).to_be_visible()
    assert editor.url != first


def test_the_progress_of_a_run_stays_in_its_strip_on_a_phone(editor: Page):
    editor.set_viewport_size({"width": 390, "height": 844})
    editor.get_by_role("button", name="Train", exact=True).click()
    expect(editor.locator("[data-strip=state]")).to_have_text("finished")
    strip, progress = (editor.locator(css).bounding_box() for css in (".strip", "#run-progress"))
    assert strip["y"] + strip["height"] - 4 < progress["y"] < strip["y"] + strip["height"] + 1

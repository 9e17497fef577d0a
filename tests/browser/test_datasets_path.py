"""From pictures in folders to an opened seal: what somebody does who brings images of their own."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

PATIENCE = 60_000  # ms, for a machine that is busy with other things
SIDE = 12


def picture(kind: str, at: int) -> bytes:
    """A bright bar across or a bright column down, on black, as PNG or JPEG."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[(slice(at, at + 3), ...) if kind == "bar" else (slice(None), slice(at, at + 3))] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG" if at % 2 else "JPEG")
    return file.getvalue()


@pytest.fixture
def folders() -> bytes:
    """A zip with a folder for each class."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for number in range(60):
            kind = ("bar", "column")[number % 2]
            packed.writestr(f"{kind}/{number}.img", picture(kind, number // 2 % (SIDE - 3)))
    return file.getvalue()


@pytest.fixture
def shapes(signed_in_page: Page, folders: bytes) -> Page:
    """The overview of the pictures just uploaded."""
    page = signed_in_page
    file = {"name": "shapes.zip", "mimeType": "application/zip", "buffer": folders}
    page.goto("/datasets/new/")
    page.set_input_files("#file", files=[file])
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("heading", name="Images by class").wait_for(timeout=PATIENCE)
    return page


def add_an_augmentation(page: Page, kind: str) -> None:
    page.get_by_text("Data, augmentations, seed and precision").click()
    page.get_by_role("button", name="Add an augmentation").click()
    page.locator("#augmentations-0").select_option(kind)
    expect(page.locator("#augmentations-0-probability")).to_have_count(0)  # which the first kind has


def test_pictures_in_folders_become_a_run_whose_seal_is_opened(shapes: Page, console: list[str]) -> None:
    page, overview = shapes, shapes.url
    expect(page.locator(".gallery__class")).to_have_text([re.compile("bar"), re.compile("column")])
    for images in page.locator(".gallery__sheet").all():
        images.scroll_into_view_if_needed()
        page.wait_for_function("image => image.naturalWidth > 0", arg=images.element_handle())

    page.get_by_role("link", name="Train a network").click()
    add_an_augmentation(page, "shift")
    expect(
        page.get_by_alt_text("Four training images, each followed by seven augmented ones")
    ).to_be_visible()
    page.get_by_label("Epochs", exact=True).fill("30")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("[data-strip=state]")).to_have_text("finished", timeout=PATIENCE)
    expect(page.get_by_role("main")).to_contain_text("Shift (")

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Open the seal").click()
    expect(page.locator("#test")).to_contain_text("Opened by owner")
    expect(page.locator("#test .verdict")).to_have_text(re.compile(r"\d %"))

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this run").click()
    page.wait_for_url("**/runs/")
    console[:] = [line for line in console if "/charts/" not in line]  # asked for just before it was gone
    page.goto(f"{overview}settings/")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this dataset").click()
    page.get_by_text("“shapes” was deleted.").wait_for()

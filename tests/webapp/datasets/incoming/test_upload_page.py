"""The upload in a real browser: errors at their fields, a lost connection, and the finished page."""

import io
import re
import tarfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.webapp.datasets.sending import IRIS

SECONDS = 60_000
UPLOAD = re.compile(r"/datasets/uploads/[^/]+/$")


def write(folder: Path, content: str, name: str = "flowers.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.set_input_files("#file", write(tmp_path, IRIS.replace("8.5,2.25", "tall,2.25", 1)))
    page.fill("#name", "My flowers")
    page.fill("#target", "species")
    page.click("#upload >> text=Upload")
    expect(page.locator("#file-error")).to_contain_text(
        "Row 6, column “sepal”: “tall” is not a usable number"
    )
    assert page.input_value("#name") == "My flowers"
    assert page.input_value("#target") == "species"
    assert all("422" in line for line in console)
    console.clear()


def test_an_upload_goes_on_after_its_connection_was_lost(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    lost: list[str] = []

    def lose_the_second_piece(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0" and not lost:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(UPLOAD, lose_the_second_piece)
    page.goto("/datasets/new/")
    rows = "".join(f"{i % 97}.5,{i % 31},{'ab'[i % 2]}\n" for i in range(600_000))
    page.set_input_files("#file", write(tmp_path, f"x,y,class\n{rows}", "large.csv"))
    page.click("#upload >> text=Upload")
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("h1")).to_have_text("large")
    expect(page.locator("dl.stats")).to_contain_text("600,000")
    assert len(lost) == 1
    assert all("ERR_CONNECTION_RESET" in line for line in console)
    console.clear()


def test_an_upload_that_was_broken_off_goes_on_with_the_same_file_after_a_reload(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    offsets: list[str] = []

    def lose_all_but_the_first(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(route.request.headers["upload-offset"])
        if len(offsets) > 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(UPLOAD, lose_all_but_the_first)
    page.goto("/datasets/new/")
    rows = "".join(f"{i % 97}.5,{i % 31},{'ab'[i % 2]}\n" for i in range(600_000))
    path = write(tmp_path, f"x,y,class\n{rows}", "broken off.csv")
    page.set_input_files("#file", path)
    page.click("#upload >> text=Upload")
    expect(page.locator("#upload-figures")).to_contain_text("The connection was lost. What was sent is safe.")
    page.unroute(UPLOAD)
    page.reload()
    row = page.locator("[data-unfinished]", has_text="broken off.csv")
    expect(row).to_contain_text(re.compile(r"7\d% of 5\.\d.MB:\s+choose the same file or folder again"))
    page.set_input_files("#file", write(tmp_path, IRIS))
    expect(page.locator("#upload [type=submit]")).to_have_text("Upload")
    page.set_input_files("#file", path)
    expect(page.locator("#upload [type=submit]")).to_have_text("Go on")
    page.route(
        UPLOAD,
        lambda route: (offsets.append(route.request.headers.get("upload-offset", "")), route.continue_()),
    )
    offsets.clear()
    page.click("#upload [type=submit]")
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("dl.stats")).to_contain_text("600,000")
    assert offsets == ["", str(4 << 20)]
    page.goto("/datasets/new/")
    expect(page.locator("[data-unfinished]", has_text="broken off.csv")).to_have_count(0)
    assert all("ERR_CONNECTION_RESET" in line for line in console)
    console.clear()


LONG = (
    "Vögel in einem Ordner, dessen Name so lang ist, dass er in keinen gewöhnlichen Kopf eines Archivs passt"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures, or what is taken for some, in folders for each class; and what systems leave in folders."""
    for name in (
        "pets/cats/1.png",
        "pets/dogs/2.png",
        f"pets/{LONG}/3.png",
        "pets/.DS_Store",
        "pets/cats/Thumbs.db",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode() * 100)
    return tmp_path / "pets"


def archive_sent(page: Page, console: list[str]) -> tarfile.TarFile:
    """What the page uploads, as a tar; the upload is then discarded instead of finished."""
    pieces: list[bytes] = []

    def keep(route: Route) -> None:
        if route.request.method == "PATCH":
            pieces.append(route.request.post_data_buffer or b"")
        route.continue_()

    page.route(UPLOAD, keep)
    page.route("**/finish/", lambda route: route.abort())
    page.click("#upload >> text=Upload")
    expect(page.locator("#file-error")).to_contain_text("The server cannot be reached")
    page.reload()
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#unfinished")).to_have_count(0)
    assert all("ERR_FAILED" in line for line in console)
    console.clear()
    return tarfile.open(fileobj=io.BytesIO(b"".join(pieces)))


def test_a_folder_is_sent_as_one_tar(signed_in_page: Page, folder: Path, console: list[str]) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.set_input_files("#folder", folder)
    expect(page.locator("#file-title")).to_contain_text("pets.tar (3 files, ")
    expect(page.locator("#name")).to_have_value("pets")
    with archive_sent(page, console) as archive:
        names = ["pets/cats/1.png", "pets/dogs/2.png", f"pets/{LONG}/3.png"]
        assert sorted(archive.getnames()) == sorted(names)
        for name in names:
            member = archive.extractfile(name)
            assert member is not None
            assert member.read() == name.encode() * 100


def test_a_folder_may_be_dropped(signed_in_page: Page, folder: Path, console: list[str]) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    drop(page, folder)
    expect(page.locator("#file-title")).to_contain_text("pets.tar (3 files, ")
    with archive_sent(page, console) as archive:
        assert {"pets/cats/1.png", "pets/dogs/2.png"} < set(archive.getnames())


def drop(page: Page, path: Path) -> None:
    """Drag `path` out of a file manager and drop it on the page."""
    box = page.locator(".drop-zone").bounding_box()
    assert box
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        where = {"x": box["x"] + 20, "y": box["y"] + 20}
        browser.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})


def test_several_files_are_sent_as_one_tar(signed_in_page: Page, tmp_path: Path, console: list[str]) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    files = [write(tmp_path, IRIS, "train.csv"), write(tmp_path, IRIS[:200], "test.csv")]
    page.set_input_files("#file", files)
    expect(page.locator("#file-title")).to_contain_text("test, train.tar (2 files, ")
    with archive_sent(page, console) as archive:
        assert {member.name: member.size for member in archive} == {"train.csv": len(IRIS), "test.csv": 200}


def test_a_refused_choice_about_reading_opens_its_part(
    signed_in_page: Page, tmp_path: Path, console: list[str]
) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.set_input_files("#file", write(tmp_path, IRIS))
    page.click("#reading summary")
    page.fill("#side", "1000")
    page.click("#reading summary")
    expect(page.locator("#side")).to_be_hidden()
    page.click("#upload >> text=Upload")
    expect(page.locator("#side-error")).to_contain_text("256")
    expect(page.locator("#side")).to_be_focused()
    page.fill("#side", "")
    page.click("#upload >> text=Upload")
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    assert all("422" in line for line in console)
    console.clear()


def test_a_built_in_dataset_is_one_click_away(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto("/datasets/new/")
    page.get_by_role("button", name="Spirals").click()
    expect(page.get_by_role("link", name="Train a network")).to_be_visible(timeout=SECONDS)
    expect(page.locator("#balance-chart .main-svg").first).to_be_visible()

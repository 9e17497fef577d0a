"""Names that are long and have no space to break at, on wide and narrow screens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.lab_process import Lab

NAME = "averylongunbrokenname" * 9
COLUMN = "a_column_with_a_long_name" * 4
ROWS = f"{COLUMN},b,label\n" + "".join(f"{i / 7},{i % 5},{'yes' if i % 2 else 'no'}\n" for i in range(60))
MAKE = f"""
from engine import Dense, Spec
from webapp.datasets.models import Dataset
from webapp.runs.models import Run
from tests.webapp.sweeps.factories import a_sweep
long = Dataset.objects.get(name={NAME!r})
for name in ("short", {NAME!r}):
    spec = Spec(layers=(Dense(units=4),), head="sigmoid", seed=len(name)).model_dump(mode="json")
    run = Run.objects.create(owner=long.owner, version=long.current, name=name, spec=spec, state="finished")
    print(run.pk)
    a_sweep(owner=long.owner, version=long.current, name=name, state="finished")
"""
FORGET = f"""
from webapp.datasets.models import Dataset
from webapp.runs.models import Run
from webapp.sweeps.models import Sweep
for kind in (Run, Sweep):
    kind.objects.filter(version__dataset__name={NAME!r}).delete()
Dataset.objects.filter(name={NAME!r}).delete()
"""
FRAMES = "[...document.querySelectorAll('.table-scroll')].map(frame => frame.scrollWidth - frame.clientWidth)"
NAMES = "[...document.querySelectorAll('.table .name')].map(cell => cell.scrollWidth - cell.clientWidth)"
PAGE = "document.documentElement.scrollWidth"


@pytest.fixture
def long(signed_in_page: Page, lab: Lab) -> Iterator[tuple[Page, str, list[str]]]:
    """A page, the address of a dataset with a long name, and the keys of two runs of it."""
    page = signed_in_page
    page.goto("/datasets/new/")
    page.set_input_files(
        "#file", files=[{"name": f"{NAME}.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}]
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("heading", name="First rows").wait_for(timeout=60_000)
    yield page, page.url, lab.shell(MAKE).split()
    lab.shell(FORGET)


def test_a_long_name_leaves_the_other_columns_in_view(long: tuple[Page, str, list[str]]) -> None:
    page, dataset, runs = long
    lists = ("/", "/runs/", "/datasets/", "/sweeps/")
    for address in (
        *lists,
        f"/runs/compare/?runs={','.join(runs)}",
        f"{dataset}columns/",
        f"{dataset}versions/",
    ):
        page.goto(address)
        page.locator(".table .name").first.wait_for()
        assert (set(page.evaluate(FRAMES)), page.evaluate(PAGE)) == ({0}, 1440), address


def test_long_names_stay_in_their_cells_and_cards_on_a_narrow_screen(
    long: tuple[Page, str, list[str]],
) -> None:
    page, _, runs = long
    page.set_viewport_size({"width": 390, "height": 844})
    for address in ("/", "/runs/", "/datasets/", "/sweeps/", f"/runs/compare/?runs={','.join(runs)}"):
        page.goto(address)
        page.locator(".table .name").first.wait_for()
        assert (set(page.evaluate(NAMES)), page.evaluate(PAGE)) == ({0}, 390), address


def test_the_name_of_a_long_column_wraps_in_the_headings_of_its_charts(
    long: tuple[Page, str, list[str]],
) -> None:
    page, dataset, _ = long
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{dataset}explore/")
    page.locator("#column .main-svg").first.wait_for()
    assert COLUMN in page.locator("#column h2").first.inner_text()
    assert page.evaluate(PAGE) == 390

"""Editing a recipe: the form, what it refuses and where, and what it makes."""

import json
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS
from webapp.datasets import versions
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.datasets.pages.recipe_form import RecipeForm, reading_options
from webapp.datasets.recipe import ColumnRecipe, Recipe, SplitRecipe

Make = Callable[..., Dataset]
WIDE = ",".join(["label", *(f"c{i}" for i in range(250))]) + "\n"
WIDE += "".join(f"{i % 2}," + ",".join([f"{i}.5"] * 250) + "\n" for i in range(8))
NOTHING_CHANGED = "Nothing was changed, so no version was made."


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers")


def filled(dataset: Dataset, **changes: object) -> dict[str, object]:
    """What the browser sends: the form as it is shown, with some fields changed."""
    form = RecipeForm(dataset.current, dataset.current.choices, reading_options(dataset.current, None))
    fields: dict[str, object] = {"base": dataset.current.number, "draft": form.draft, "target": form.targets}
    for part in (form.general, form.split, form.reading):
        fields |= {bound.html_name: bound.initial for bound in part}
    fields |= {select["name"]: select["value"] for row in form.rows for select in row.selects}
    return fields | {name.replace("__", "-"): value for name, value in changes.items()}


def save(client: Client, dataset: Dataset, **changes: object) -> Recipe:
    response = client.post(f"/datasets/{dataset.pk}/edit/", filled(dataset, **changes))
    assert response.status_code == 302, unescape(response.content.decode())
    return dataset.newest.choices


def refused(client: Client, dataset: Dataset, **changes: object) -> str:
    response = client.post(f"/datasets/{dataset.pk}/edit/", filled(dataset, **changes))
    assert response.status_code == 422
    assert dataset.versions.count() == 1
    return unescape(response.content.decode())


def number_of(dataset: Dataset, name: str) -> int:
    return [column["name"] for column in dataset.current.columns].index(name)


def test_saving_what_is_there_makes_no_version(as_owner: Client, flowers: Dataset) -> None:
    assert save(as_owner, flowers) == Recipe()
    assert flowers.versions.count() == 1
    assert NOTHING_CHANGED in as_owner.get(flowers.get_absolute_url()).text


def test_saving_a_change_makes_a_version_that_a_worker_makes(as_owner: Client, flowers: Dataset) -> None:
    assert save(as_owner, flowers, target=["petal"]) == Recipe(targets=("petal",))
    assert NOTHING_CHANGED not in as_owner.get(flowers.get_absolute_url()).text
    ingest(flowers.newest.pk)
    current = Dataset.objects.get().current
    assert (current.number, current.target) == (2, "petal")


def test_every_field_reaches_the_recipe(as_owner: Client, flowers: Dataset) -> None:
    fields = {
        "task": "regression", "missing": "median", "indicator": "yes", "encoding": "hashing", "rare": "5",
        "buckets": "64", "target": ["petal"], "split__kind": "group", "split__column": "species",
        "split__dev": "12.5", "split__test": "10", "split__stratify": "no", "split__seed": "7",
    }  # fmt: skip
    assert save(as_owner, flowers, **fields) == Recipe(
        targets=("petal",),
        task="regression",
        missing="median",
        indicator=True,
        encoding="hashing",
        rare=5,
        buckets=64,
        split=SplitRecipe(kind="group", column="species", dev=0.125, test=0.1, stratify=False, seed=7),
    )


def test_decisions_about_one_column_are_kept_where_they_differ(as_owner: Client, flowers: Dataset) -> None:
    n = number_of(flowers, "sepal")
    fields = {f"c{n}-kind": "category", f"c{n}-use": "no", f"c{n}-missing": "drop", f"c{n}-indicator": "no"}
    own = ColumnRecipe(kind="category", use=False, missing="drop", indicator=False)
    assert save(as_owner, flowers, **fields).columns == {"sepal": own}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": ["colour"]}, "There is no column “colour”."),
        ({"target": [""]}, "Name at least one column to predict."),
        ({"rare": "0"}, "greater than or equal to 1"),
        ({"rare": ""}, "This field is required."),
        ({"buckets": "5000"}, "less than or equal to 1024"),
        ({"missing": "magic"}, "magic is not one of the available choices"),
        ({"split__dev": "95"}, "less than or equal to 90"),
        ({"split__dev": "nan"}, "Enter a number."),
        ({"split__dev": "60", "split__test": "50"}, "leave too little to train on"),
        ({"split__kind": "group"}, "Name the column that says how to split."),
        ({"split__kind": "time", "split__column": "when"}, "There is no column “when”."),
        (
            {"split__kind": "group", "split__column": "species"},
            "The column to predict cannot say how to split",
        ),
        ({"split__seed": "-1"}, "greater than or equal to 0"),
        ({"split__column": "a\0b"}, "Null characters are not allowed."),
        ({"draft": "{"}, "The decisions about columns could not be read."),
        ({"draft": '{"sepal": {"kind": "magic"}}'}, "The decisions about columns could not be read."),
    ],
)
def test_a_mistake_is_told_at_its_field(
    as_owner: Client, flowers: Dataset, changes: dict[str, object], message: str
) -> None:
    assert message in refused(as_owner, flowers, **changes)


def test_a_choice_that_a_column_does_not_have_is_refused(as_owner: Client, flowers: Dataset) -> None:
    n = number_of(flowers, "sepal")
    assert "Column “sepal”: Select a valid choice" in refused(as_owner, flowers, **{f"c{n}-kind": "magic"})


def test_a_target_that_is_left_out_is_refused(as_owner: Client, flowers: Dataset) -> None:
    n = number_of(flowers, "species")
    assert "“species” is left out below" in refused(as_owner, flowers, **{f"c{n}-use": "no"})


def test_a_constant_target_is_refused(as_owner: Client, dataset: Make) -> None:
    found = dataset("a,b,y\n" + "1,5,x\n2,5,z\n" * 4)
    assert "“b” has the same value in every row" in refused(as_owner, found, target=["b"])


def test_after_a_mistake_nothing_is_lost(as_owner: Client, flowers: Dataset) -> None:
    n = number_of(flowers, "sepal")
    page = refused(
        as_owner, flowers, rare="0", buckets="77", target=["petal", "colour"], **{f"c{n}-use": "no"}
    )
    assert 'value="77"' in page
    assert 'value="petal"' in page
    assert 'value="colour"' in page
    assert '<option value="no" selected>no</option>' in page


def test_help_and_limits_come_from_the_recipe(as_owner: Client, flowers: Dataset) -> None:
    page = unescape(as_owner.get(f"/datasets/{flowers.pk}/edit/").content.decode())
    for field in Recipe.model_fields.values():
        assert (field.description or "") in page or field.description.startswith("Columns to predict")
    assert 'min="1" max="1000"' in page
    assert "Recommended: dev 20%, test 20%." in page


def test_what_will_change_is_told_before_it_is_saved(as_owner: Client, flowers: Dataset) -> None:
    headers = {"HX-Request": "true", "HX-Target": "changes"}
    fields = filled(flowers, target=["petal"], action="check")
    page = as_owner.post(f"/datasets/{flowers.pk}/edit/", fields, headers=headers).content.decode()
    assert "<html" not in page
    assert "found by itself</span>" in page
    assert "petal" in page
    assert "Saving makes a new version" in page
    assert flowers.versions.count() == 1


def test_saving_a_recipe_that_was_there_is_announced(as_owner: Client, flowers: Dataset, owner: User) -> None:
    versions.change(flowers, owner, Recipe(missing="mode"))
    page = as_owner.post(f"/datasets/{flowers.pk}/edit/", filled(flowers, missing="mode", action="check"))
    assert "Version 2 was made by just this recipe" in page.content.decode()


def test_more_fields_for_targets_appear_when_asked_for(as_owner: Client, flowers: Dataset) -> None:
    page = as_owner.post(
        f"/datasets/{flowers.pk}/edit/", filled(flowers, target=["petal", ""], action="target")
    )
    assert page.content.decode().count('name="target"') == 5


def test_a_wide_table_keeps_edits_from_page_to_page(as_owner: Client, dataset: Make) -> None:
    wide = dataset(WIDE)
    edited = number_of(wide, "c3")
    fields = filled(wide, action="look:3", **{f"c{edited}-use": "no"})
    response = as_owner.post(f"/datasets/{wide.pk}/edit/", fields)
    form = response.context["form"]
    assert [row.column["name"] for row in form.rows][-1] == "c249"
    assert json.loads(form.draft) == {"c3": {"use": False}}
    last = {name: value for name, value in fields.items() if name[0] != "c" or not name[1].isdigit()}
    last |= {"draft": form.draft, "action": "save", f"c{number_of(wide, 'c249')}-kind": "category"}
    assert as_owner.post(f"/datasets/{wide.pk}/edit/", last).status_code == 302
    assert wide.newest.choices.columns == {
        "c3": ColumnRecipe(use=False),
        "c249": ColumnRecipe(kind="category"),
    }


def test_columns_are_searched_while_editing(as_owner: Client, dataset: Make) -> None:
    wide = dataset(WIDE)
    headers = {"HX-Request": "true", "HX-Target": "recipe-columns"}
    fields = filled(wide, q="c24", action="look:1")
    page = as_owner.post(f"/datasets/{wide.pk}/edit/", fields, headers=headers).content.decode()
    assert page.count('<th scope="row">') == 11
    assert "<html" not in page


def test_images_have_choices_of_reading(as_owner: Client, owner: User) -> None:
    column = {"name": "label", "kind": "category", "missing": 0, "present": 40, "distinct": 2, "levels": []}
    found = a_dataset(owner=owner, image_shape=[8, 8, 1], columns=[column], targets=["label"])
    page = as_owner.get(f"/datasets/{found.pk}/edit/").content.decode()
    assert 'name="reading-side"' in page
    assert 'name="reading-sheet"' not in page
    assert save(as_owner, found, reading__side="16").reading.side == 16


def test_a_table_has_no_choices_of_reading(as_owner: Client, flowers: Dataset) -> None:
    assert "Reading the file" not in as_owner.get(f"/datasets/{flowers.pk}/edit/").content.decode()


def test_editing_begins_with_the_version_asked_for(as_owner: Client, flowers: Dataset, owner: User) -> None:
    ingest(versions.change(flowers, owner, Recipe(targets=("colour",), rare=9)).pk)
    page = as_owner.get(f"/datasets/{flowers.pk}/edit/?version=2").content.decode()
    assert "begins with the recipe of version 2" in page
    assert 'value="colour"' in page
    assert 'value="9"' in page
    assert as_owner.get(f"/datasets/{flowers.pk}/edit/?version=9").status_code == 404


def test_a_dataset_that_is_not_ready_is_not_edited_yet(as_owner: Client, owner: User) -> None:
    waiting = a_dataset(owner=owner, state="parsing")
    assert as_owner.get(f"/datasets/{waiting.pk}/edit/").url == waiting.get_absolute_url()


def test_only_the_owner_edits(as_owner: Client, as_outsider: Client, flowers: Dataset) -> None:
    assert as_outsider.post(f"/datasets/{flowers.pk}/edit/", filled(flowers)).status_code == 404
    as_owner.post("/datasets/builtin/moons/")
    moons = Dataset.objects.get(builtin="moons")
    ingest(moons.current_id)
    assert as_owner.get(f"/datasets/{moons.pk}/edit/").status_code == 404
    assert "Change the data" not in as_owner.get(moons.get_absolute_url()).content.decode()

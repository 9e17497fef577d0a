"""Settings of a dataset: told, archived, deleted, copied; and who may do that."""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webapp.datasets.factories import a_dataset
from tests.webapp.datasets.sending import IRIS
from tests.webapp.runs.factories import a_run
from tests.webapp.sweeps.factories import a_sweep, a_trial
from webapp.datasets import usage
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import AuditEntry, Dataset, Quota
from webapp.runs.models import Run
from webapp.sweeps import control

Make = Callable[..., Dataset]
RUNS = Run._meta.db_table
POSTS = ("about", "level", "archive", "delete")


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers")


@pytest.fixture
def moons(as_owner: Client) -> Dataset:
    """A built-in dataset, ready."""
    as_owner.post("/datasets/builtin/moons/")
    found = Dataset.objects.get(builtin="moons")
    ingest(found.current_id)
    return Dataset.objects.get(pk=found.pk)


def post(client: Client, dataset: Dataset, action: str, status: int = 302, **fields: object) -> str:
    response = client.post(f"/datasets/{dataset.pk}/{action}/", fields)
    assert response.status_code == status
    dataset.refresh_from_db()
    return unescape(response.content.decode())


def told(dataset: Dataset) -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(dataset=dataset.pk).values_list("what", "detail"))


def test_name_description_and_tags_are_kept_and_noted(as_owner: Client, flowers: Dataset) -> None:
    post(
        as_owner,
        flowers,
        "about",
        name="Lilies",
        description="By Fisher.",
        tags='Lesson,  my "course", lesson,',
    )
    assert (flowers.name, flowers.description, flowers.tags) == (
        "Lilies",
        "By Fisher.",
        ["lesson", "my course"],
    )
    assert told(flowers) == [("described", "description, tags"), ("renamed", "from “Flowers”")]
    page = as_owner.get(f"/datasets/{flowers.pk}/settings/").content.decode()
    assert "renamed <span" in page
    assert ">my course</a>" in page


def test_saving_the_same_again_is_not_noted(as_owner: Client, flowers: Dataset) -> None:
    post(as_owner, flowers, "about", name="Flowers")
    assert told(flowers) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "a\0b"}, "Null characters"),
        ({"name": "x", "tags": "y" * 41}, "is longer than 40 characters"),
        ({"name": "x", "tags": ",".join(map(str, range(21)))}, "At most 20 tags."),
        ({"name": "x", "description": "z" * 5001}, "at most 5000 characters"),
    ],
)
def test_a_senseless_name_or_tag_is_refused_at_its_field(
    as_owner: Client, flowers: Dataset, fields: dict[str, str], message: str
) -> None:
    page = post(as_owner, flowers, "about", 422, **fields)
    assert message in page
    assert "<h1>Flowers</h1>" in page
    assert flowers.name == "Flowers"


def test_the_human_error_of_classes_is_a_percentage_with_a_source(as_owner: Client, flowers: Dataset) -> None:
    post(as_owner, flowers, "level", figure="2.5", source="Two botanists, 50 rows.")
    assert (flowers.human_error, flowers.human_error_source) == (0.025, "Two botanists, 50 rows.")
    assert "2.5%" in as_owner.get(flowers.get_absolute_url()).content.decode()
    assert 'value="2.5"' in as_owner.get(f"/datasets/{flowers.pk}/settings/").content.decode()
    post(as_owner, flowers, "level", figure="", source="left over")
    assert (flowers.human_error, flowers.human_error_source) == (None, "")


def test_the_human_error_of_a_number_is_in_its_own_unit(as_owner: Client, owner: User) -> None:
    prices = a_dataset(owner=owner, task="regression")
    assert "in the target's unit" in unescape(
        as_owner.get(f"/datasets/{prices.pk}/settings/").content.decode()
    )
    post(as_owner, prices, "level", figure="1200", source="Estate agents.")
    assert prices.human_error == 1200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"figure": "3"}, "Say where the figure comes from"),
        ({"figure": "101", "source": "x"}, "At most 100%."),
        ({"figure": "-1", "source": "x"}, "greater than or equal to 0"),
        ({"figure": "nan", "source": "x"}, "Enter a number."),
        ({"figure": "few", "source": "x"}, "Enter a number."),
        ({"figure": "3", "source": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_senseless_human_error_is_refused_at_its_field(
    as_owner: Client, flowers: Dataset, fields: dict[str, str], message: str
) -> None:
    assert message in post(as_owner, flowers, "level", 422, **fields)
    assert flowers.human_error is None


def test_a_dataset_is_archived_and_taken_out_again(as_owner: Client, flowers: Dataset) -> None:
    post(as_owner, flowers, "archive", archived="yes")
    assert flowers.archived
    assert "Take it out of the archive" in as_owner.get(f"/datasets/{flowers.pk}/settings/").content.decode()
    post(as_owner, flowers, "archive", archived="no")
    assert not flowers.archived
    assert [what for what, _ in told(flowers)] == ["unarchived", "archived"]


def test_a_dataset_is_deleted_with_its_files(
    as_owner: Client, flowers: Dataset, home: Path, django_capture_on_commit_callbacks: object
) -> None:
    page = as_owner.get(f"/datasets/{flowers.pk}/settings/").content.decode()
    assert "1 version and everything made of it go" in page
    with django_capture_on_commit_callbacks(execute=True):
        assert as_owner.post(f"/datasets/{flowers.pk}/delete/").status_code == 302
    assert not Dataset.objects.exists()
    assert not list((home / "datasets").iterdir())
    assert told(flowers) == [("deleted", "")]


def test_a_dataset_that_a_sweep_uses_is_not_deleted_and_its_trials_are_not_counted(
    as_owner: Client, flowers: Dataset
) -> None:
    sweep = a_sweep(owner=flowers.owner, version=flowers.current, name="rates")
    a_trial(sweep, run=True)
    a_trial(sweep, run=True)
    assert "1 sweep uses this dataset: “rates”. Delete" in post(as_owner, flowers, "delete", 409)
    a_run(owner=flowers.owner, version=flowers.current, name="wide network")
    assert "1 run and 1 sweep use this dataset" in post(as_owner, flowers, "delete", 409)


@pytest.mark.parametrize("n_trials", [0, 25])
def test_a_sweep_is_named_with_its_trials_and_they_do_not_crowd_out_runs(
    as_owner: Client, flowers: Dataset, n_trials: int
) -> None:
    run = a_run(owner=flowers.owner, version=flowers.current, name="wide network")
    sweep = a_sweep(owner=flowers.owner, version=flowers.current, name="rates")
    for _ in range(n_trials):
        a_trial(sweep, run=True)
    page = as_owner.get(f"/datasets/{flowers.pk}/settings/").text
    assert "first delete what uses it, 1 run and 1 sweep:" in page
    assert f'<a href="{run.get_absolute_url()}">wide network</a>' in page
    assert f'<a href="{sweep.get_absolute_url()}">rates</a>' in page
    assert f"sweep of {n_trials} trials" in page
    assert "rates, trial" not in page
    assert "more run" not in page


def test_a_dataset_that_only_a_sweep_without_trials_uses_is_not_offered_to_be_deleted(
    as_owner: Client, flowers: Dataset
) -> None:
    a_sweep(owner=flowers.owner, version=flowers.current)
    assert "Delete this dataset" not in as_owner.get(f"/datasets/{flowers.pk}/settings/").text
    assert "1 sweep uses this dataset" in post(as_owner, flowers, "delete", 409)


def test_a_trial_that_came_back_after_its_sweep_was_deleted_is_listed_as_a_run(
    as_owner: Client, flowers: Dataset
) -> None:
    run = a_run(owner=flowers.owner, version=flowers.current, name="left over", is_trial=True)
    page = as_owner.get(f"/datasets/{flowers.pk}/settings/").text
    assert f'<a href="{run.get_absolute_url()}">left over</a>' in page
    assert "Delete this dataset" not in page


def test_a_dataset_that_runs_use_is_not_deleted_and_they_are_named(
    as_owner: Client, flowers: Dataset
) -> None:
    run = a_run(owner=flowers.owner, version=flowers.current, name="wide network")
    page = as_owner.get(f"/datasets/{flowers.pk}/settings/").content.decode()
    assert f'<a href="{run.get_absolute_url()}">wide network</a>' in page
    assert "Delete this dataset" not in page
    assert "1 run uses this dataset: “wide network”" in post(as_owner, flowers, "delete", 409)
    asked = as_owner.post(f"/datasets/{flowers.pk}/delete/", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == f"/datasets/{flowers.pk}/settings/"
    assert flowers.folder.exists()
    assert told(flowers) == []


@pytest.mark.django_db(transaction=True)
def test_trials_of_a_deleted_sweep_go_before_their_dataset_and_some_at_a_time(
    as_owner: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = a_dataset(owner=owner)
    sweep = a_sweep(owner=owner, version=points.current, state="finished")
    for _ in range(5):
        a_trial(sweep, run=True)
    control.delete(sweep)
    assert points.current.runs.count() == 5
    monkeypatch.setattr(usage, "FORGOTTEN_AT_ONCE", 2)
    with CaptureQueriesContext(connection) as asked:
        assert as_owner.post(f"/datasets/{points.pk}/delete/").status_code == 302
    steps = [query["sql"].partition(" WHERE")[0] for query in asked]
    changes = [step for step in steps if step in ("COMMIT", f'DELETE FROM "{RUNS}"')]
    assert changes[:6] == [f'DELETE FROM "{RUNS}"', "COMMIT"] * 3
    assert not Dataset.objects.exists()


def test_deleted_runs_can_still_come_back_to_a_dataset_that_was_not_deleted(
    as_owner: Client, flowers: Dataset
) -> None:
    a_run(owner=flowers.owner, version=flowers.current)
    a_run(owner=flowers.owner, version=flowers.current, deleted=timezone.now())
    post(as_owner, flowers, "delete", 409)
    assert flowers.current.runs.count() == 2


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "in all. It cannot be undone."),
        (1, "1 deleted run that could still be brought back goes with it. It cannot be undone."),
        (2, "2 deleted runs that could still be brought back go with it. It cannot be undone."),
    ],
)
def test_deleted_runs_that_could_still_come_back_are_told_before_a_dataset_is_deleted(
    as_owner: Client, flowers: Dataset, count: int, words: str
) -> None:
    for _ in range(count):
        a_run(owner=flowers.owner, version=flowers.current, deleted=timezone.now())
    gone_with_its_sweep = {"deleted": timezone.now(), "is_trial": True}
    a_run(owner=flowers.owner, version=flowers.current, **gone_with_its_sweep)
    page = unescape(as_owner.get(f"/datasets/{flowers.pk}/settings/").text)
    assert words in page
    question = page.partition('hx-confirm="')[2].partition('"')[0]
    assert question.endswith(words.removeprefix("in all. "))
    assert ("brought back" in question) == bool(count)


@pytest.mark.parametrize("action", POSTS)
def test_only_the_owner_changes_a_dataset(as_outsider: Client, flowers: Dataset, action: str) -> None:
    post(as_outsider, flowers, action, 404, name="mine", archived="yes")
    assert (flowers.name, flowers.archived) == ("Flowers", False)


@pytest.mark.parametrize("action", POSTS)
def test_nobody_changes_a_built_in_dataset(as_owner: Client, moons: Dataset, action: str) -> None:
    post(as_owner, moons, action, 404, name="mine", archived="yes")
    assert (moons.name, moons.archived) == ("Moons", False)


def test_the_settings_of_a_built_in_dataset_offer_a_copy_and_no_change(
    as_outsider: Client, moons: Dataset
) -> None:
    page = as_outsider.get(f"/datasets/{moons.pk}/settings/").content.decode()
    assert "Copy to change" in page
    for action in POSTS:
        assert f"/datasets/{moons.pk}/{action}/" not in page


def test_a_copy_of_a_built_in_dataset_is_ones_own(
    as_outsider: Client, moons: Dataset, outsider: User
) -> None:
    response = as_outsider.post(f"/datasets/{moons.pk}/copy/")
    made = Dataset.objects.get(owner=outsider)
    assert response.url == made.get_absolute_url()
    ingest(made.current_id)
    made = Dataset.objects.get(pk=made.pk)
    assert (made.name, made.builtin, made.current.state) == ("Moons (copy)", None, "ready")
    same = ("n_rows", "n_features", "target", "task", "classes")
    assert [getattr(made.current, name) for name in same] == [getattr(moons.current, name) for name in same]
    assert made.size == made.source.stat().st_size
    assert told(made) == [("copied", "from “Moons”")]


def test_a_copy_that_is_over_the_quota_leaves_nothing(
    as_owner: Client, owner: User, moons: Dataset, home: Path
) -> None:
    Quota.objects.create(user=owner, megabytes=0)
    assert "of your quota of" in post(as_owner, moons, "copy", 409)
    assert Dataset.objects.count() == 1
    assert len(list((home / "datasets").iterdir())) == 1


def test_what_is_not_built_in_or_not_ready_is_not_copied(as_owner: Client, flowers: Dataset) -> None:
    post(as_owner, flowers, "copy", 404)
    waiting = a_dataset(builtin="circles", name="Circles", state="parsing")
    assert "“Circles” cannot be copied." in post(as_owner, waiting, "copy", 409)


def test_runs_of_a_former_owner_keep_a_dataset_and_are_not_named(
    as_owner: Client, owner: User, member: User
) -> None:
    found = a_dataset(owner=owner)
    a_run(owner=member, version=found.current, name="secret")
    page = as_owner.get(f"/datasets/{found.pk}/settings/").text
    assert "secret" not in page
    assert "and 1 more run<" in page
    refused = as_owner.post(f"/datasets/{found.pk}/delete/")
    assert refused.status_code == 409
    assert "1 run uses this dataset." in refused.text
    assert "secret" not in refused.text

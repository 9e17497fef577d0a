"""Versions: listed, compared, used, made again and deleted; nothing that a run used goes away."""

from collections.abc import Callable
from typing import Any

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
from webapp.datasets import versions
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import AuditEntry, Dataset, Quota, Version
from webapp.datasets.pages import comparison
from webapp.datasets.readers.options import Options
from webapp.datasets.recipe import ColumnRecipe, Recipe, SplitRecipe
from webapp.datasets.refusal import Refusal
from webapp.runs.models import Run

Make = Callable[..., Dataset]
ACTIONS = ("use", "retry", "delete")


@pytest.fixture
def flowers(ready: Make) -> Dataset:
    return ready(IRIS, name="Flowers")


@pytest.fixture
def twice(flowers: Dataset, owner: User) -> Dataset:
    """Its second version, another target, is in use."""
    ingest(versions.change(flowers, owner, Recipe(targets=("petal",))).pk)
    return Dataset.objects.get()


@pytest.fixture
def failed(flowers: Dataset, owner: User) -> Version:
    """A second version that could not be made."""
    version = versions.change(flowers, owner, Recipe(targets=("colour",)))
    ingest(version.pk)
    return Version.objects.get(pk=version.pk)


def act(client: Client, dataset: Dataset, number: int, action: str) -> int:
    return client.post(f"/datasets/{dataset.pk}/versions/{number}/{action}/").status_code


def test_only_what_differs_from_the_default_is_stored(flowers: Dataset, owner: User) -> None:
    recipe = Recipe(targets=("petal",), columns={"sepal": ColumnRecipe(use=True)})
    version = versions.change(flowers, owner, recipe)
    assert version.recipe == {"targets": ["petal"], "columns": {"sepal": {"use": True}}}
    assert Version.objects.get(pk=version.pk).choices == recipe


def test_a_recipe_that_was_there_before_uses_its_version_again(twice: Dataset, owner: User) -> None:
    assert versions.change(twice, owner, Recipe()).number == 1
    assert (Dataset.objects.get().current.number, twice.versions.count()) == (1, 2)


def test_the_list_tells_number_author_state_difference_and_runs(as_owner: Client, twice: Dataset) -> None:
    run = a_run(owner=twice.owner, version=twice.current, name="deep")
    page = as_owner.get(f"/datasets/{twice.pk}/versions/").content.decode()
    assert "in use" in page
    assert "owner<br>" in page
    assert "found by itself</span>" in page
    assert f'<a href="{run.get_absolute_url()}">deep</a>' in page
    assert "The first version" in page


def test_the_latest_runs_of_each_version_are_named_and_all_are_counted(
    as_owner: Client, twice: Dataset, member: User
) -> None:
    for version in twice.versions.all():
        for number in range(1, 8):
            a_run(owner=twice.owner, version=version, name=f"run {number} of {version.number}")
        a_run(owner=member, version=version, name="secret")
    page = as_owner.get(f"/datasets/{twice.pk}/versions/")
    named = [[str(run) for run in row["used"].runs.listed] for row in page.context["rows"]]
    assert named == [[f"run {number} of {version}" for number in (7, 6, 5, 4, 3)] for version in (2, 1)]
    assert page.text.count("8 runs:") == page.text.count("and 3 more") == 2
    assert "secret" not in page.text


def test_the_list_names_sweeps_and_leaves_their_trials_out(as_owner: Client, twice: Dataset) -> None:
    sweep = a_sweep(owner=twice.owner, version=twice.current, name="rates")
    a_trial(sweep, run=True)
    page = as_owner.get(f"/datasets/{twice.pk}/versions/").text
    assert f'<a href="{sweep.get_absolute_url()}">rates</a>' in page
    assert "rates, trial 1" not in page


def test_a_version_that_others_use_tells_how_many_they_are(
    as_outsider: Client, owner: User, member: User
) -> None:
    moons = a_dataset(builtin="moons")
    a_run(owner=member, version=moons.current, name="secret")
    a_sweep(owner=owner, version=moons.current, name="clandestine")
    page = as_outsider.get(f"/datasets/{moons.pk}/versions/").text
    assert page.count(' <span class="muted">of others</span>') == 2
    assert "secret" not in page
    assert "clandestine" not in page


def test_ten_versions_take_no_more_queries_than_two(
    as_owner: Client, owner: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    address = f"/datasets/{a_dataset(owner=owner).pk}/versions/"
    made = Dataset.objects.get()
    a_run(owner=owner, version=made.current)
    a_run(owner=owner, version=made.current.successor(owner, Recipe()))
    with CaptureQueriesContext(connection) as of_two:
        as_owner.get(address)
    for _ in range(8):
        a_run(owner=owner, version=made.current.successor(owner, Recipe()))
    with django_assert_max_num_queries(len(of_two)):
        assert len(as_owner.get(address).context["rows"]) == 10


def test_an_older_version_is_used_again(as_owner: Client, twice: Dataset) -> None:
    assert act(as_owner, twice, 1, "use") == 302
    assert Dataset.objects.get().current.number == 1
    assert AuditEntry.objects.first().detail == "version 1"


def test_a_version_that_is_not_ready_is_not_used(as_owner: Client, failed: Version) -> None:
    assert act(as_owner, failed.dataset, 2, "use") == 409
    assert Dataset.objects.get().current.number == 1


def test_a_failed_version_is_made_again(as_owner: Client, failed: Version) -> None:
    assert "Try again" in as_owner.get(f"/datasets/{failed.dataset_id}/versions/").content.decode()
    assert act(as_owner, failed.dataset, 2, "retry") == 302
    failed.refresh_from_db()
    assert failed.is_parsing


def test_what_did_not_fail_or_lost_its_file_is_not_made_again(as_owner: Client, failed: Version) -> None:
    assert act(as_owner, failed.dataset, 1, "retry") == 409
    failed.dataset.source.unlink()
    assert act(as_owner, failed.dataset, 2, "retry") == 409
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_a_version_that_nothing_needs_is_deleted_with_its_arrays(
    as_owner: Client, twice: Dataset, django_capture_on_commit_callbacks: object
) -> None:
    folder = twice.folder / "versions" / "1"
    assert folder.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert act(as_owner, twice, 1, "delete") == 302
    assert not folder.exists()
    assert [version.number for version in twice.versions.all()] == [2]
    assert twice.current.table.exists()


def test_a_reading_goes_with_the_last_version_made_of_it(flowers: Dataset, owner: User) -> None:
    ingest(versions.change(flowers, owner, Recipe(reading=Options(sheet="x"))).pk)
    first = flowers.versions.get(number=1)
    assert first.table.exists()
    versions.remove(first, owner)
    assert not first.table.exists()
    assert Dataset.objects.get().current.table.exists()


def test_a_version_in_use_or_used_by_a_run_stays(as_owner: Client, twice: Dataset) -> None:
    assert act(as_owner, twice, 2, "delete") == 409
    a_run(owner=twice.owner, version=twice.versions.get(number=1))
    response = as_owner.post(f"/datasets/{twice.pk}/versions/1/delete/")
    assert response.status_code == 409
    assert "Version 1 stays: 1 run used it." in response.content.decode()
    asked = as_owner.post(f"/datasets/{twice.pk}/versions/1/delete/", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == f"/datasets/{twice.pk}/versions/"
    assert twice.versions.count() == 2


@pytest.mark.parametrize("n_trials", [0, 2])
def test_a_version_that_a_sweep_uses_stays(as_owner: Client, twice: Dataset, n_trials: int) -> None:
    sweep = a_sweep(owner=twice.owner, version=twice.versions.get(number=1))
    for _ in range(n_trials):
        a_trial(sweep, run=True)
    address = f"/datasets/{twice.pk}/versions/1/delete/"
    assert address not in as_owner.get(f"/datasets/{twice.pk}/versions/").text
    refused = as_owner.post(address)
    assert refused.status_code == 409
    assert "Version 1 stays: 1 sweep used it." in refused.text
    assert sweep.trials.exclude(run=None).count() == n_trials


def test_deleted_runs_go_with_their_version_and_others_stay(twice: Dataset, owner: User) -> None:
    for version in twice.versions.all():
        a_run(owner=owner, version=version, deleted=timezone.now())
    versions.remove(twice.versions.get(number=1), owner)
    assert [run.version.number for run in Run.objects.all()] == [2]
    with pytest.raises(Refusal, match="it is in use"):
        versions.remove(twice.current, owner)
    assert Run.objects.exists()


def test_a_version_being_made_stays(flowers: Dataset, owner: User) -> None:
    waiting = versions.change(flowers, owner, Recipe(targets=("petal",)))
    with pytest.raises(Refusal, match="it is being made"):
        versions.remove(waiting, owner)


def test_a_version_that_is_gone_already_is_no_fault(twice: Dataset, owner: User) -> None:
    first = twice.versions.get(number=1)
    versions.remove(twice.versions.get(number=1), owner)
    versions.remove(first, owner)
    assert twice.versions.count() == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_only_the_owner_acts_on_versions(as_outsider: Client, twice: Dataset, action: str) -> None:
    assert act(as_outsider, twice, 1, action) == 404
    assert Dataset.objects.get().current.number == 2
    assert as_outsider.get(f"/datasets/{twice.pk}/versions/compare/?a=1&b=2").status_code == 404


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_version_is_not_there(as_owner: Client, twice: Dataset, action: str) -> None:
    assert act(as_owner, twice, 9, action) == 404


def test_two_versions_are_compared_by_recipe_and_results(as_owner: Client, twice: Dataset) -> None:
    page = as_owner.get(f"/datasets/{twice.pk}/versions/compare/?a=1&b=2").content.decode()
    assert "found by itself" in page
    assert "<td>species</td><td>petal</td>" in page
    assert "3 (setosa, versicolor, virginica)" in page


def test_comparing_with_a_failed_version_says_why_there_are_no_results(
    as_owner: Client, failed: Version
) -> None:
    page = as_owner.get(f"/datasets/{failed.dataset_id}/versions/compare/?a=1&b=2").content.decode()
    assert "version 2 is failed" in page


@pytest.mark.parametrize("query", ["", "?a=1", "?a=1&b=9", "?a=x&b=1"])
def test_comparing_what_is_not_there_is_not_found(as_owner: Client, twice: Dataset, query: str) -> None:
    assert as_owner.get(f"/datasets/{twice.pk}/versions/compare/{query}").status_code == 404


def test_recipes_differ_in_words() -> None:
    before = Recipe(columns={"age": ColumnRecipe(missing="drop")})
    after = Recipe(
        targets=("y",),
        missing="median",
        split=SplitRecipe(dev=0.1),
        columns={"city": ColumnRecipe(use=False)},
    )
    assert [str(each) for each in comparison.of_recipes(before, after)] == [
        "Target: found by itself → y",
        "Missing values: mean → median",
        "Split: dev share: as recommended → 10%",
        "“age”: missing values: drop the row → median",
        "“city”: use: automatic → no",
    ]
    assert comparison.of_recipes(before, before) == []


def test_versions_count_against_the_quota_and_one_too_many_is_refused(
    as_owner: Client, flowers: Dataset, owner: User
) -> None:
    before = Dataset.objects.bytes_of(owner)
    ingest(versions.change(flowers, owner, Recipe(targets=("petal",))).pk)
    assert Dataset.objects.bytes_of(owner) > before
    Quota.objects.create(user=owner, megabytes=0)
    with pytest.raises(Refusal, match="Another version has"):
        versions.change(Dataset.objects.get(), owner, Recipe(targets=("sepal",)))


def test_only_some_versions_are_made_at_once(flowers: Dataset, owner: User) -> None:
    for seed in range(versions.AT_ONCE):
        versions.change(flowers, owner, Recipe(split=SplitRecipe(seed=seed + 1)))
    with pytest.raises(Refusal, match="are being made already"):
        versions.change(flowers, owner, Recipe(split=SplitRecipe(seed=99)))

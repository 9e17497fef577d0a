"""Many rows at once are the same as one after the other."""

import pytest

from tests.webapp.sweeps.factories import VALUES, a_sweep
from webapp.runs.models import Run
from webapp.sweeps.models import Trial
from webapp.sweeps.writing import insert_each, insert_with_keys, update_each

pytestmark = pytest.mark.django_db


def some_runs(sweep, count=3):
    known = {"owner": sweep.owner, "version": sweep.version, "spec": sweep.spec}
    return [Run(name=f"trial {number}", **known) for number in range(count)]


def some_trials(sweep, count=3):
    return [Trial(sweep=sweep, number=number, values=VALUES, group="g") for number in range(1, count + 1)]


def test_each_row_hears_of_its_own_key_and_can_be_saved_again():
    runs = some_runs(a_sweep())
    insert_with_keys(runs)
    assert [Run.objects.get(pk=run.pk).name for run in runs] == ["trial 0", "trial 1", "trial 2"]
    runs[1].name = "renamed"
    runs[1].save()
    assert list(Run.objects.order_by("pk").values_list("name", flat=True)) == [
        "trial 0",
        "renamed",
        "trial 2",
    ]


def test_inserted_rows_have_defaults_documents_and_what_the_database_fills_in():
    sweep = a_sweep()
    insert_each(some_trials(sweep))
    trial = sweep.trials.get(number=2)
    assert (trial.values, trial.state, trial.epoch, trial.run) == (VALUES, "waiting", 0, None)
    assert trial.created is not None


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_each([])


def test_every_row_gets_its_own_values():
    sweep = a_sweep()
    insert_each(some_trials(sweep))
    first, second, _ = sweep.trials.all()
    update_each(Trial, ("score", "state"), [(0.1, "finished", first.pk), (None, "diverged", second.pk)])
    assert list(sweep.trials.values_list("score", "state")) == [
        (0.1, "finished"),
        (None, "diverged"),
        (None, "waiting"),
    ]

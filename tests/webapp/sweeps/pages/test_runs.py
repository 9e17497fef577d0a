"""What runs know of sweeps: the list leaves trials out, and a run says that it is one."""

import pytest
from django.urls import reverse

from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run
from tests.webapp.runs.sharing.test_sharing import new_token
from tests.webapp.sweeps.factories import a_sweep, a_trial
from webapp.runs.cockpit.commands import CommandRefusedError, issue
from webapp.runs.models import Run
from webapp.sweeps.models import Promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
LIST = reverse("runs:list")


@pytest.fixture
def version(owner):
    return a_version(owner=owner)


@pytest.fixture
def trials(owner, version):
    """Trials of two sweeps, one each, beside a run of its own."""
    found = []
    for name in ("coarse", "fine"):
        sweep = a_sweep(owner=owner, version=version, name=name)
        found.append(a_trial(sweep, run=True))
    a_run(owner=owner, version=version, name="alone", state="finished", starred=True)
    return found


def names(answer):
    return sorted(row["run"].name for row in answer.context["listing"].rows)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["alone"]),
        ("trial:no", ["alone"]),
        ("-is:trial", ["alone"]),
        ("name:coarse", []),
        ("is:trial", ["coarse, trial 1", "fine, trial 1"]),
        ("trial", ["coarse, trial 1", "fine, trial 1"]),
        ("trial:yes", ["coarse, trial 1", "fine, trial 1"]),
        ("sweep:COARSE", ["coarse, trial 1"]),
        ("sweep:coarse,fine", ["coarse, trial 1", "fine, trial 1"]),
        ("-sweep:coarse trial:yes", ["fine, trial 1"]),
        ("is:starred", ["alone"]),
    ],
)
def test_trials_are_listed_when_the_search_speaks_of_them(as_owner, trials, query, wanted):
    assert names(as_owner.get(LIST, {"q": query})) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"), [("promoted:coarse", ["alone"]), ("-promoted:coarse", []), ("promoted:fine", [])]
)
def test_what_was_promoted_is_found_by_its_sweep(as_owner, as_outsider, trials, query, wanted):
    Promotion.objects.create(run=Run.objects.get(name="alone"), trial=trials[0])
    assert names(as_owner.get(LIST, {"q": query})) == wanted
    assert names(as_outsider.get(LIST, {"q": query})) == []


def test_a_sweep_is_meant_by_its_number(as_owner, trials):
    answer = as_owner.get(LIST, {"q": f"sweep:{trials[1].sweep_id}"})
    assert names(answer) == ["fine, trial 1"]


def test_the_list_says_that_it_leaves_trials_out(as_owner, as_member, trials):
    assert "q=is:trial" in as_owner.get(LIST).text
    assert "q=is:trial" not in as_owner.get(LIST, {"q": "is:trial"}).text


@pytest.mark.parametrize(
    ("query", "words"), [("is:nothing", "is:trial"), ("is>trial", "cannot be"), ("trial:x", "neither")]
)
def test_a_wrong_keyword_is_told(as_owner, trials, query, words):
    assert words in as_owner.get(LIST, {"q": query}).text


def test_no_such_column_is_offered_and_all_are_in_the_help(as_owner, trials):
    text = as_owner.get(LIST).text
    assert ">sweep</code>" in text
    assert ">promoted</code>" in text
    assert 'value="sweep"' not in text
    assert 'value="promoted"' not in text
    assert names(as_owner.get(LIST, {"columns": "sweep,trial"})) == ["alone"]


def test_the_home_page_shows_no_trials(as_owner, trials):
    text = as_owner.get("/").text
    assert "alone" in text
    assert "coarse, trial 1" not in text


def test_a_run_says_of_which_sweep_it_is_a_trial(as_owner, trials):
    text = as_owner.get(trials[0].run.get_absolute_url()).text
    assert "Trial 1 of the sweep" in text
    assert trials[0].sweep.get_absolute_url() in text
    assert "pause or stop it there" not in text
    alone = Run.objects.get(name="alone")
    assert "of the sweep" not in as_owner.get(alone.get_absolute_url()).text


def test_whoever_has_a_link_to_a_run_hears_nothing_of_a_sweep(as_owner, client, trials):
    alone = Run.objects.get(name="alone")
    Promotion.objects.create(run=alone, trial=trials[0])
    for run in (alone, trials[0].run):
        assert "of the sweep" in as_owner.get(run.get_absolute_url()).text
        assert "of the sweep" not in client.get(reverse("shared:run", args=[new_token(as_owner, run)])).text


@pytest.mark.parametrize("state", ["queued", "starting", "running", "paused"])
def test_nobody_commands_a_run_that_its_sweep_trains(as_owner, owner, trials, state):
    run = trials[0].run
    Run.objects.filter(pk=run.pk).update(state=state)
    for kind in ("stop", "pause", "checkpoint", "keep", "resume"):
        with pytest.raises(CommandRefusedError, match="pause or stop the sweep"):
            issue(run, owner, kind)
    answer = as_owner.get(run.get_absolute_url())
    assert answer.context["can"] == set()
    assert "pause or stop it there" in answer.text
    assert reverse("runs:command", args=[run.pk]) not in answer.text


def test_many_runs_are_stopped_without_those_of_a_sweep(as_owner, trials):
    Run.objects.filter(is_trial=True).update(state="running")
    answer = as_owner.post(
        reverse("runs:bulk"), {"action": "stop", "query": "q=is:trial", "all": "1"}, follow=True
    )
    assert "2 runs left to the sweep that trains them" in answer.text


def test_a_trial_that_has_ended_goes_on_as_a_run_by_itself(owner, trials):
    run = trials[0].run
    issue(run, owner, "extend", {"epochs": 2})
    run.refresh_from_db()
    assert (run.state, run.is_trial) == ("queued", False)
    issue(run, owner, "stop")


def test_a_trial_says_of_how_many_examples_its_train_error_is(as_owner, owner):
    version = a_version(owner=owner, n_train=1500, n_dev=200)
    trial = a_trial(a_sweep(owner=owner, version=version), run=True)
    own = a_run(owner=owner, version=version, state="finished")
    told = "Train: of 200 of the 1,500 training examples, as many as dev has."
    assert told in as_owner.get(trial.run.get_absolute_url()).text
    assert "as many as dev has" not in as_owner.get(own.get_absolute_url()).text


def test_a_trial_that_is_judged_by_the_whole_training_part_says_nothing_of_it(as_owner, owner):
    version = a_version(owner=owner, n_train=100, n_dev=200)
    trial = a_trial(a_sweep(owner=owner, version=version), run=True)
    assert "as many as dev has" not in as_owner.get(trial.run.get_absolute_url()).text

"""Telling a sweep what to do, and the ways from its trials to runs of their own."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.webapp.runs.factories import a_run
from tests.webapp.sweeps.factories import a_plan, a_sweep, a_trial
from tests.webapp.sweeps.sweeping import swept
from webapp.runs.models import Run
from webapp.sweeps import control
from webapp.sweeps.models import Promotion, Sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sweep(owner):
    found = a_sweep(owner=owner)
    a_trial(found, score=0.25, run=True)
    a_trial(found, score=0.125, run=True)
    a_trial(found, state="refused", reason="too large")
    return found


def post(client, sweep, name="command", *args, **fields):
    return client.post(reverse(f"sweeps:{name}", args=[sweep.pk, *args]), fields, headers=HTMX)


class TestCommands:
    def test_pause_and_resume_and_stop(self, as_owner, sweep):
        for kind, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            answer = post(as_owner, sweep, kind=kind)
            assert answer.status_code == 204
            assert "sweep-changed" in answer["HX-Trigger"]
            sweep.refresh_from_db()
            assert sweep.state == state

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": "resume"}, "running"),
            ({"kind": "dance"}, "There is no command “dance”"),
            ({}, "There is no command"),
            ({"kind": "add", "trials": "many"}, "“many” is not a number"),
            ({"kind": "add", "trials": "0"}, "0 is too small"),
            ({"kind": "add", "trials": "1e9"}, "too large"),
            ({"kind": "add"}, "This is empty"),
        ],
    )
    def test_a_refusal_says_why_in_its_place(self, as_owner, sweep, fields, words):
        answer = post(as_owner, sweep, **fields)
        assert answer["HX-Retarget"] == "#sweep-problem"
        assert words in answer.text

    def test_without_scripts_the_page_comes_anew_with_the_refusal(self, as_owner, sweep):
        answer = as_owner.post(reverse("sweeps:command", args=[sweep.pk]), {"kind": "x"}, follow=True)
        assert "There is no command" in answer.text

    def test_trials_are_added(self, as_owner, sweep):
        answer = post(as_owner, sweep, kind="add", trials="15")
        assert "25 trials in all" in answer["HX-Trigger"]
        sweep.refresh_from_db()
        assert sweep.planned.trials == 25


class TestChange:
    def test_the_dialog_shows_what_holds_now(self, as_owner, sweep):
        text = as_owner.get(reverse("sweeps:change", args=[sweep.pk])).text
        assert 'name="trials" value="10"' in text
        assert 'name="low.learning_rate" value="0.0001"' in text
        assert 'value="momentum" checked' in text

    def test_an_ended_sweep_offers_no_ranges_but_the_next_round(self, as_owner, sweep):
        Sweep.objects.update(state="finished")
        text = as_owner.get(reverse("sweeps:change", args=[sweep.pk])).text
        assert "low.learning_rate" not in text
        assert "make a next round" in text

    def test_only_what_was_changed_of_the_budget_is_told(self, as_owner, sweep):
        fields = {"trials": "40", "minutes": "2.5", "epochs": ""}
        assert post(as_owner, sweep, "change", part="budget", **fields).status_code == 204
        sweep.refresh_from_db()
        assert (sweep.planned.trials, sweep.planned.minutes, sweep.planned.epochs) == (40, 2.5, None)

    def test_an_emptied_limit_is_none(self, as_owner, sweep):
        limits = {"minutes": 2, "epochs": 9}
        Sweep.objects.update(plan=sweep.plan | limits)
        post(as_owner, sweep, "change", part="budget", trials="10", minutes="", epochs="9")
        sweep.refresh_from_db()
        assert (sweep.planned.minutes, sweep.planned.epochs) == (None, 9)

    def test_what_is_wrong_has_the_focus(self, as_owner, sweep):
        budget = post(as_owner, sweep, "change", part="budget", trials="10", minutes="-1", epochs="").text
        fields = {"option.optimizer.kind": ["adam", "momentum"], "high.learning_rate": "x"}
        ranges = post(as_owner, sweep, "change", part="ranges", **fields).text
        for text, name in [(budget, "minutes"), (ranges, "low.learning_rate")]:
            assert f'name="{name}"' in text.split("autofocus")[0].rsplit("<", 1)[1]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"trials": "10", "minutes": "-1", "epochs": ""}, "-1 is too small"),
            ({"trials": "1.5"}, "1.5 is not a whole number"),
            ({"trials": "10", "minutes": "", "epochs": ""}, "Nothing is changed"),
            ({"trials": "2"}, "3 trials were begun already"),
            ({"trials": ""}, "This is empty"),
        ],
    )
    def test_a_wrong_budget_is_told_and_stays_written(self, as_owner, sweep, fields, words):
        answer = post(as_owner, sweep, "change", part="budget", **fields)
        assert words in answer.text
        assert f'value="{fields["trials"]}"' in answer.text
        sweep.refresh_from_db()
        assert sweep.planned == a_plan()

    def test_ranges_become_narrower(self, as_owner, sweep):
        fields = {
            "low.learning_rate": "0.001",
            "high.learning_rate": "0.1",
            "low.batch_size": "32",
            "high.batch_size": "128",
            "option.optimizer.kind": ["adam", "momentum"],
        }
        assert post(as_owner, sweep, "change", part="ranges", **fields).status_code == 204
        sweep.refresh_from_db()
        known = sweep.planned.space.dimensions
        assert (known["learning_rate"].low, known["learning_rate"].high) == (0.001, 0.1)
        assert known["batch_size"].low == 32
        assert sweep.spec["learning_rate"] == sweep.configuration.learning_rate

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"high.learning_rate": "2"}, "Only less than before can be searched: 0.0001 to 1"),
            ({"low.learning_rate": "0"}, "Only less than before"),
            ({"low.learning_rate": "0.5", "high.learning_rate": "0.1"}, "range from 0.5 to 0.1 is empty"),
            ({"low.learning_rate": "x"}, "“x” is not a number"),
            ({"low.batch_size": "33"}, "33 is no power of two"),
            ({"option.optimizer.kind": ["adam"]}, "Keep two at least"),
            ({}, "Nothing is changed"),
        ],
    )
    def test_a_wrong_range_is_told_at_its_field_and_nothing_changes(self, as_owner, sweep, fields, words):
        fields = {"option.optimizer.kind": ["adam", "momentum"], **fields}
        answer = post(as_owner, sweep, "change", part="ranges", **fields)
        assert words in answer.text
        sweep.refresh_from_db()
        assert sweep.planned == a_plan()


class TestTrial:
    def test_its_dialog_says_what_was_tried(self, as_owner, sweep):
        text = as_owner.get(reverse("sweeps:trial", args=[sweep.pk, 2])).text
        assert "12.50 %" in text
        assert "Adam" in text
        assert "Continue as a run" in text

    def test_one_that_never_trained_cannot_go_on(self, as_owner, sweep):
        text = as_owner.get(reverse("sweeps:trial", args=[sweep.pk, 3])).text
        assert "too large" in text
        assert "Continue as a run" not in text

    def test_it_goes_on_as_a_run(self, as_owner, owner):
        sweep = swept(trials=1)
        Sweep.objects.update(owner=owner)
        answer = post(as_owner, sweep, "promote", 1, epochs="9")
        made = Run.objects.latest("pk")
        assert answer["HX-Redirect"] == made.get_absolute_url()
        assert made.branched_from == sweep.trials.get().run
        assert not made.is_trial
        assert "It goes on from trial 1 of the sweep" in as_owner.get(made.get_absolute_url()).text
        control.delete(sweep)
        assert "of the sweep" not in as_owner.get(made.get_absolute_url()).text

    def test_one_that_left_no_checkpoint_says_so(self, as_owner, sweep):
        assert "left no checkpoint" in post(as_owner, sweep, "promote", 2, epochs="9").text

    @pytest.mark.parametrize(
        ("name", "more", "wrong", "other"),
        [("promote", (2,), "promote", "again"), ("retrain", (), "again", "promote")],
    )
    def test_a_wrong_number_is_told_at_its_form_alone(self, as_owner, sweep, name, more, wrong, other):
        text = post(as_owner, sweep, name, *more, number="2", epochs="0", seeds="1").text
        assert "0 is too small" in text
        assert "Trial 2" in text
        field = {form: text.split(f'id="{form}-epochs"')[1].split(">")[0] for form in (wrong, other)}
        assert 'value="0"' in field[wrong]
        assert "autofocus" in field[wrong]
        assert 'value="0"' not in field[other]
        assert text.count("autofocus") == 1

    def test_the_best_are_trained_again_with_other_seeds(self, as_owner, owner, sweep):
        another = a_trial(a_sweep(owner=owner, name=f"Digits ({sweep.pk})"), run=True)
        promoted = a_run(owner=owner, version=another.run.version, name="of another sweep")
        Promotion.objects.create(run=promoted, trial=another)
        answer = post(as_owner, sweep, "retrain", best="1", epochs="9", seeds="2")
        made = Run.objects.filter(is_trial=False).exclude(pk=promoted.pk)
        listed = as_owner.get(answer["HX-Redirect"]).context["listing"].rows
        assert {row["run"].pk for row in listed} == {run.pk for run in made}
        assert [run.spec["epochs"] for run in made] == [9, 9]
        assert all("Trial 2" in run.name for run in made)

    def test_where_none_of_the_chosen_ones_has_finished_none_is_trained_again(self, as_owner, sweep):
        address = f"{reverse('sweeps:retrain', args=[sweep.pk])}?q=3"
        answer = as_owner.post(address, {"best": "1", "epochs": "9", "seeds": "1"}, headers=HTMX)
        assert "None of the chosen trials has finished yet" in answer.text
        assert not Run.objects.filter(is_trial=False).exists()

    def test_the_best_of_the_chosen_ones_are_trained_again(self, as_owner, sweep):
        address = f"{reverse('sweeps:retrain', args=[sweep.pk])}?q=1"
        as_owner.post(address, {"best": "1", "epochs": "9", "seeds": "1"}, headers=HTMX)
        assert "Trial 1" in Run.objects.get(is_trial=False).name

    def test_a_way_leads_to_the_runs_and_back(self, as_owner, sweep):
        way = f"?q=promoted={sweep.pk}"
        assert way not in as_owner.get(sweep.get_absolute_url()).text
        post(as_owner, sweep, "retrain", best="1", epochs="9", seeds="2")
        text = as_owner.get(sweep.get_absolute_url()).text
        assert way in text
        made = Run.objects.filter(is_trial=False)
        page = as_owner.get(made[0].get_absolute_url()).text
        assert "The settings of trial 2 of the sweep" in page
        assert f"{sweep.get_absolute_url()}?q=2" in page
        made.update(deleted=timezone.now())
        assert way not in as_owner.get(sweep.get_absolute_url()).text

    def test_one_trial_is_trained_again(self, as_owner, sweep):
        post(as_owner, sweep, "retrain", number="1", epochs="9", seeds="1")
        assert "Trial 1" in Run.objects.latest("pk").name

    @pytest.mark.parametrize("fields", [{"best": "0"}, {"best": "2", "seeds": "x"}, {"number": "x"}])
    def test_what_cannot_be_read_trains_nothing(self, as_owner, sweep, fields):
        answer = post(as_owner, sweep, "retrain", **{"epochs": "9", "seeds": "1", **fields})
        assert answer["HX-Retarget"] == "#sweep-problem"
        assert not Run.objects.filter(is_trial=False).exists()

    def test_without_a_finished_trial_nothing_is_the_best(self, as_owner, owner):
        answer = post(as_owner, a_sweep(owner=owner), "retrain", best="3", epochs="9", seeds="1")
        assert "No trial has finished yet" in answer.text


@pytest.mark.parametrize("name", ["detail", "news", "parts", "csv", "change", "rounds", "trial"])
def test_somebody_elses_sweep_is_not_there(as_outsider, sweep, name):
    more = [1] if name == "trial" else []
    assert as_outsider.get(reverse(f"sweeps:{name}", args=[sweep.pk, *more])).status_code == 404


@pytest.mark.parametrize(
    ("name", "more"),
    [("command", ()), ("change", ()), ("promote", (1,)), ("retrain", ()), ("next", ()), ("delete", ())],
)
def test_nobody_else_can_change_it(as_outsider, sweep, name, more):
    answer = as_outsider.post(reverse(f"sweeps:{name}", args=[sweep.pk, *more]), {"kind": "stop"})
    assert answer.status_code == 404
    sweep.refresh_from_db()
    assert sweep.state == "running"
    assert Run.objects.count() == 2


def test_a_trial_that_is_not_there_is_a_404(as_owner, sweep):
    assert as_owner.get(reverse("sweeps:trial", args=[sweep.pk, 99])).status_code == 404


@pytest.mark.parametrize("name", ["command", "next", "delete", "retrain"])
def test_to_look_changes_nothing(as_owner, sweep, name):
    assert as_owner.get(reverse(f"sweeps:{name}", args=[sweep.pk])).status_code == 405

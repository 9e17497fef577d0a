"""The page of a sweep, its parts and its news."""

import csv
import io
import re

import pytest
from django.urls import reverse

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.factories import a_plan, a_sweep, a_trial
from webapp.sweeps.models import Cohort, Sweep
from webapp.sweeps.pages import lines
from webapp.sweeps.pages.presentation import Standing, counts_in_words, pace
from webapp.sweeps.pruning import Halving
from webapp.sweeps.strategies import Grid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def sweep(owner):
    """Trials 1 to 4: finished twice, the second better; pruned; refused."""
    found = a_sweep(owner=owner, name="rates")
    a_trial(found, score=0.25, epoch=3, values={"learning_rate": 0.001}, run=True)
    a_trial(found, score=0.125, epoch=3, values={"learning_rate": 0.01}, run=True)
    a_trial(found, state="pruned", score=0.0625, epoch=1, values={"learning_rate": 0.1})
    a_trial(found, state="refused", reason="It would take 9 GB.", values={"optimizer.kind": "momentum"})
    return found


def page(sweep, name="detail"):
    return reverse(f"sweeps:{name}", args=[sweep.pk])


def numbers(answer):
    return [row["trial"].number for row in answer.context["table"].rows]


@pytest.mark.parametrize(("rate", "words"), [(0.1234, "0.123"), (99.94, "99.9"), (8976.2, "8,976")])
def test_the_pace_of_a_sweep_is_a_number_that_people_read(rate, words):
    assert pace(rate) == words


def test_the_strip_tells_how_far_it_is_and_what_is_best(as_owner, sweep):
    strip = as_owner.get(page(sweep)).context["strip"]
    assert strip["trials"] == "4 of 10"
    assert strip["counts"] == "2 finished, 1 pruned, 1 refused"
    assert (strip["best"], strip["best_trial"]) == ("12.50 %", "trial 2")


def test_a_pruned_trial_is_no_rival_of_those_that_trained_to_their_end(as_owner, sweep):
    answer = as_owner.get(page(sweep))
    assert [row["trial"].number for row in answer.context["best"]] == [2, 1]
    assert numbers(answer) == [2, 1, 3, 4]


def test_why_a_trial_was_refused_stands_beside_it(as_owner, sweep):
    assert "It would take 9 GB." in as_owner.get(page(sweep)).text


def test_the_selection_filters_the_table_and_the_best(as_owner, sweep):
    answer = as_owner.get(page(sweep), {"range.learning_rate": "..0.005"})
    assert numbers(answer) == [1]
    assert [row["trial"].number for row in answer.context["best"]] == [1]
    assert "Learning rate: to 0.005" in answer.text


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("number", [1, 2, 3, 4]),
        ("-number", [4, 3, 2, 1]),
        ("-score", [1, 2, 3, 4]),
        ("learning_rate", [1, 2, 4, 3]),
        ("-optimizer.kind", [4, 1, 2, 3]),
        ("state", [1, 2, 3, 4]),
        ("nonsense", [2, 1, 3, 4]),
    ],
)
def test_every_column_sorts(as_owner, sweep, sort, wanted):
    assert numbers(as_owner.get(page(sweep), {"sort": sort})) == wanted


def test_the_table_is_paged_and_the_address_says_where(as_owner, owner):
    sweep = a_sweep(owner=owner)
    for _ in range(51):
        a_trial(sweep, score=0.5)
    answer = as_owner.get(page(sweep, "parts"), {"sort": "number", "page": 2}, headers={"HX-Request": "true"})
    assert numbers(answer) == [51]
    assert answer["HX-Replace-Url"] == f"{page(sweep)}?sort=number&page=2"


def test_a_trial_in_which_a_dimension_does_not_matter_has_a_gap_there(as_owner, sweep):
    trial = sweep.trials.get(number=1)
    del trial.values["learning_rate"]
    trial.save()
    answer = as_owner.get(page(sweep), {"sort": "learning_rate"})
    assert numbers(answer)[-1] == 1
    column = list(sweep.planned.space.dimensions).index("learning_rate")
    assert answer.context["table"].rows[-1]["values"][column]["text"] == "–"


def test_the_file_has_every_column_of_the_chosen_trials(as_owner, sweep):
    answer = as_owner.get(page(sweep, "csv"), {"state": "refused|finished", "sort": "number"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["trial"] for row in rows] == ["1", "2", "4"]
    first, last = rows[0], rows[-1]
    assert (first["score"], first["learning_rate"], first["batch_size"]) == ("0.25", "0.001", "32")
    assert first["run"] == str(sweep.trials.get(number=1).run_id)
    assert (last["score"], last["reason"]) == ("", "It would take 9 GB.")
    assert "rates-" in answer["Content-Disposition"]


def test_a_text_in_the_file_is_no_formula(as_owner, sweep):
    sweep.trials.filter(number=4).update(reason='=HYPERLINK("x")')
    text = as_owner.get(page(sweep, "csv")).content.decode()
    assert "'=HYPERLINK" in text


def test_a_run_that_was_deleted_is_no_link(as_owner, sweep):
    run = sweep.trials.get(number=1).run
    type(run).objects.filter(pk=run.pk).update(deleted="2026-01-01T00:00Z")
    assert f"Run {run.pk}<" not in as_owner.get(page(sweep)).text


class TestNews:
    def test_nothing_new_is_one_query_beside_those_of_the_session(
        self, as_owner, sweep, django_assert_num_queries
    ):
        with django_assert_num_queries(3):
            news = as_owner.get(page(sweep, "news"), {"since": sweep.revision}).json()
        assert news == {"revision": 0, "changed": False, "live": True}

    def test_what_has_changed_is_told_in_words(self, as_owner, sweep):
        sweep._change(("running",), trained_epochs=7)
        news = as_owner.get(page(sweep, "news"), {"since": 0}).json()
        assert (news["revision"], news["changed"]) == (1, True)
        assert news["strip"]["best"] == "12.50 %"

    def test_an_ended_sweep_is_live_as_long_as_one_of_its_trials_trains(self, as_owner, sweep):
        Sweep.objects.filter(pk=sweep.pk).update(state="stopped")
        assert not as_owner.get(page(sweep, "news"), {"since": "x"}).json()["live"]
        sweep.trials.filter(number=3).update(state="training")
        assert as_owner.get(page(sweep, "news"), {"since": 0}).json()["live"]


def test_time_left_comes_from_the_budget_that_ends_first(as_owner, owner):
    sweep = a_sweep(a_plan(trials=100, minutes=1.5), owner=owner, seconds=60)
    for _ in range(10):
        a_trial(sweep, score=0.5)
    strip = as_owner.get(page(sweep)).context["strip"]
    assert strip["time_left"] in ("30 s", "29 s")
    assert float(strip["rate"]) == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize(
    ("budget", "progress"), [({}, 0.15), ({"minutes": 4}, 0.25), ({"epochs": 200, "minutes": 4}, 0.4)]
)
def test_progress_is_of_the_budget_that_ends_first(owner, budget, progress):
    plan = a_plan(trials=10, **budget)
    sweep = a_sweep(plan, owner=owner, spec=a_spec(epochs=4), state="paused", seconds=60, trained_epochs=80)
    a_trial(sweep, score=0.5)
    a_trial(sweep, state="training", epoch=2)
    assert Standing.of(sweep).progress == progress


def test_finalists_come_after_the_budget_of_epochs(as_owner, owner):
    plan = a_plan(trials=100, epochs=40, finalists=3, seeds=10)
    sweep = a_sweep(plan, owner=owner, spec=a_spec(epochs=4), seconds=60, trained_epochs=40)
    trials = [a_trial(sweep, score=0.5) for _ in range(10)]
    strip = as_owner.get(page(sweep)).context["strip"]
    assert (strip["trials"], strip["progress"]) == ("10 of 40", "0.2500")
    assert strip["time_left"] != "–"
    for _ in range(10):
        a_trial(sweep, score=0.5, repeats=trials[0])
    assert Standing.of(sweep).progress == 0.5


def test_refused_trials_come_on_top_of_those_that_the_budget_of_epochs_pays(owner):
    sweep = a_sweep(a_plan(trials=100, epochs=40), owner=owner, spec=a_spec(epochs=4))
    for _ in range(7):
        a_trial(sweep, state="refused")
    standing = Standing.of(sweep)
    assert (standing.done, standing.planned) == (7, 17)


def test_of_a_sweep_that_goes_on_after_a_stop_those_that_never_began_are_not_awaited(owner):
    sweep = a_sweep(a_plan(trials=8), owner=owner)
    a_trial(sweep, score=0.5)
    for _ in range(3):
        a_trial(sweep, state="stopped")
    standing = Standing.of(sweep)
    assert (standing.done, standing.planned) == (1, 5)


def test_a_sweep_that_has_finished_has_gone_all_of_its_way(owner):
    sweep = a_sweep(a_plan(trials=8, epochs=20), owner=owner, state="finished", trained_epochs=19)
    assert Standing.of(sweep).progress == 1


def test_trials_that_waited_when_the_sweep_was_stopped_are_not_among_those_that_were_done(as_owner, owner):
    sweep = a_sweep(a_plan(trials=4), owner=owner, state="stopped", seconds=60)
    cohort = Cohort.objects.create(sweep=sweep, state="ended")
    a_trial(sweep, score=0.5, cohort=cohort)
    a_trial(sweep, state="stopped", epoch=2, cohort=cohort)
    for _ in range(2):
        a_trial(sweep, state="stopped")
    strip = as_owner.get(page(sweep)).context["strip"]
    assert (strip["trials"], strip["counts"]) == ("2 of 4", "1 finished, 1 stopped, 2 not begun")
    assert (strip["rate"], strip["progress"]) == ("2", "0.5000")
    assert "2 of 4" in as_owner.get(reverse("sweeps:list")).content.decode()


@pytest.mark.parametrize(
    ("plan", "planned"),
    [
        ({"trials": 300, "epochs": 50}, "1 of 10"),
        ({"trials": 300, "epochs": 50, "finalists": 2, "seeds": 3}, "1 of 16"),
        ({"trials": 300, "epochs": 50, "pruning": Halving()}, "1 of 300"),
        ({"trials": 300, "strategy": Grid(steps=2)}, "1 of 8"),
    ],
)
def test_of_how_many_trials_it_is_follows_from_all_budgets_and_the_strategy(as_owner, owner, plan, planned):
    sweep = a_sweep(a_plan(**plan), owner=owner, spec=a_spec(epochs=5), state="paused")
    a_trial(sweep, score=0.5)
    for _ in range(20):
        a_trial(sweep, state="waiting")
    assert as_owner.get(page(sweep)).context["strip"]["trials"] == planned


@pytest.mark.parametrize(("state", "word"), [("running", "training"), ("paused", "paused")])
def test_trials_underway_pause_with_their_sweep(as_owner, owner, state, word):
    sweep = a_sweep(owner=owner, state=state)
    a_trial(sweep, score=0.5)
    a_trial(sweep, state="training")
    assert counts_in_words(Standing.of(sweep)) == f"1 {word}, 1 finished"
    answer = as_owner.get(page(sweep))
    assert [state["title"] for state in answer.context["states"]] == [word, "finished"]
    assert f'<span class="badge badge--{word}">{word}</span>' in answer.text.partition('id="trial-2"')[2]


def test_a_finalist_says_what_it_came_to_again_and_another_seed_is_never_the_best(as_owner, owner):
    sweep = a_sweep(owner=owner)
    first = a_trial(sweep, score=0.5)
    a_trial(sweep, score=0.25, repeats=first)
    a_trial(sweep, score=0.75, repeats=first)
    answer = as_owner.get(page(sweep))
    assert answer.context["strip"]["best"] == "50.00 %"
    assert [row["trial"].number for row in answer.context["best"]] == [1]
    best = answer.text[answer.text.index('id="leaderboard"') : answer.text.index("Retrain the best")]
    assert "again 25.00 %, 75.00 %" in best
    assert "50.00 %" in as_owner.get(reverse("sweeps:list")).text


def test_costs_are_shown_as_numbers(as_owner, owner):
    sweep = a_sweep(a_plan(objective="dev_cost"), owner=owner)
    a_trial(sweep, score=0.123456)
    answer = as_owner.get(page(sweep))
    assert answer.context["strip"]["best"] == "0.1235"
    assert "Best dev cost" in answer.text


@pytest.mark.parametrize(
    "query", ["range.learning_rate=x", "q=x", "state=x", "page=x", "sort=%00", "range.%00=1", "page=999"]
)
def test_an_address_that_makes_no_sense_is_a_page_all_the_same(as_owner, sweep, query):
    for name in ("detail", "parts", "csv", "news"):
        assert as_owner.get(f"{page(sweep, name)}?{query}").status_code == 200


def test_a_sweep_without_trials_says_what_comes(as_owner, owner):
    text = as_owner.get(page(a_sweep(owner=owner))).text
    assert "No trial has begun yet" in text
    assert "The best ten stand here" in text


def test_a_sweep_that_ended_without_a_score_promises_nothing_more(as_owner, owner):
    found = a_sweep(owner=owner, state="failed")
    a_trial(found, state="failed", score=None)
    assert "None of its trials has trained to its end." in as_owner.get(page(found)).text


def test_a_line_of_the_table_is_written_anew_when_something_in_it_has_changed(as_owner, sweep, monkeypatch):
    lines._html.cache_clear()
    written = []
    write = lines.render_to_string
    monkeypatch.setattr(lines, "render_to_string", lambda *said: written.append(said) or write(*said))
    as_owner.get(page(sweep, "parts"))
    assert len(written) == 4
    sweep.trials.filter(number=3).update(state="finished")
    assert "finished" in as_owner.get(page(sweep, "parts")).text
    assert [said[1]["line"].number for said in written[4:]] == [3]
    sweep.trials.get(number=1).run.delete()
    assert "run-of-1" not in as_owner.get(page(sweep, "parts")).text
    assert len(written) == 6


def test_answers_that_are_asked_for_again_and_again_say_what_they_took(as_owner, sweep):
    for address in (page(sweep, "parts"), reverse("sweeps:chart", args=[sweep.pk, "best"])):
        assert re.fullmatch(r"cpu;dur=[0-9]+\.[0-9]", as_owner.get(address)["Server-Timing"])

"""The charts of a sweep, as its page asks for them."""

import csv
import io
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webapp.runs.factories import a_run
from tests.webapp.sweeps.factories import VALUES, a_plan, a_sweep, a_trial
from webapp.charts.coordinates import MOST
from webapp.runs.history.blocks import compact_all
from webapp.runs.history.columns import EPOCHS, Column, pack
from webapp.runs.history.many import epochs_of
from webapp.runs.models import Attempt, Chunk
from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.pages.charts import KINDS, charts_of
from webapp.sweeps.space import Integers, OneMinusLog, Options, PowersOfTwo, Space

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweep(owner):
    """Four trials, the third given up, the fourth without a score, and a finalist trained again."""
    found = a_sweep(a_plan(finalists=1), owner=owner)
    for number, (rate, optimizer, state, score) in enumerate(
        (
            (0.001, "adam", "finished", 0.1),
            (0.01, "momentum", "finished", 0.02),
            (0.1, "adam", "pruned", 0.3),
            (1.0, "adam", "failed", None),
        ),
        1,
    ):
        values = {"learning_rate": rate, "optimizer.kind": optimizer}
        ended = found.created + timedelta(minutes=5 - number)
        a_trial(found, values=values, state=state, score=score, epoch=3, ended=ended)
    finalist = found.trials.get(number=2)
    a_trial(
        found,
        values=finalist.values | {"seed": 1},
        score=0.03,
        epoch=3,
        repeats=finalist,
        ended=found.created,
    )
    return found


def ask(client, sweep, name, query=""):
    answer = client.get(f"/sweeps/{sweep.pk}/charts/{name}/{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def numbers_in(content):
    """The trials of which a figure has points that answer."""
    return {
        number
        for trace in content["figure"]["data"]
        if trace["type"] == "scatter"
        for number in trace.get("customdata") or []
    }


def test_every_chart_is_drawn_and_has_its_numbers(as_owner, sweep):
    for chart in charts_of(sweep):
        content = ask(as_owner, sweep, chart.name)
        assert content["figure"] or content["empty"], chart.name
        rows = as_owner.get(f"/sweeps/{sweep.pk}/charts/{chart.name}/csv/").getvalue().decode()
        assert len(rows.splitlines()[0].split(",")) > 1, chart.name


def test_every_kind_has_words_for_people():
    for kind in KINDS.values():
        assert kind.title
        assert kind.help.endswith(".")
        assert kind.empty.endswith(".")


@pytest.mark.parametrize("name", ["best", "slice@learning_rate", "coordinates"])
def test_a_filter_chooses_what_is_drawn(as_owner, sweep, name):
    assert numbers_in(ask(as_owner, sweep, name)) == {1, 2, 3}
    assert numbers_in(ask(as_owner, sweep, name, "?range.optimizer.kind=adam")) == {1, 3}
    assert numbers_in(ask(as_owner, sweep, name, "?range.score=..0.2&state=finished")) == {1, 2}


def test_what_is_not_chosen_stays_as_the_ground_of_the_parallel_coordinates(as_owner, sweep):
    content = ask(as_owner, sweep, "coordinates", "?range.optimizer.kind=momentum&range.learning_rate=..0.02")
    ground = content["figure"]["data"][0]
    assert ground["y"].count(None) == 2
    brushed = {axis["path"]: axis["brush"] for axis in content["axes"]}
    assert brushed["optimizer.kind"] == [0.5, 1]
    assert brushed["learning_rate"] == [0, pytest.approx(0.5753, abs=1e-3)]
    assert brushed["batch_size"] is brushed["score"] is None


def test_the_seed_that_finalists_differ_by_is_no_axis(as_owner, sweep):
    paths = {axis["path"] for axis in ask(as_owner, sweep, "coordinates")["axes"]}
    assert paths == {"batch_size", "learning_rate", "optimizer.kind", "score"}


def test_what_a_brush_says_is_understood_as_a_range(as_owner, sweep):
    for axis in ask(as_owner, sweep, "coordinates")["axes"]:
        assert len(axis["places"]) == len(axis["texts"]) > 1
        assert axis["places"] == sorted(axis["places"])
        separator = "|" if axis["options"] else ".."
        said = separator.join([axis["texts"][0], axis["texts"][-1]])
        answer = as_owner.get(f"/sweeps/{sweep.pk}/charts/coordinates/", {f"range.{axis['path']}": said})
        again = next(one for one in answer.json()["axes"] if one["path"] == axis["path"])
        assert again["brush"] == pytest.approx([0, 1], abs=0.01)


def test_nothing_chosen_is_said_and_nothing_yet_is_said(as_owner, sweep, owner):
    content = ask(as_owner, sweep, "best", "?range.learning_rate=0.5..0.6")
    assert content["figure"] is None
    assert "No trial with a score is chosen" in content["empty"]
    assert "first trial that ends" in ask(as_owner, a_sweep(owner=owner), "best")["empty"]


def test_charts_of_a_sweep_that_ended_without_a_score_promise_nothing(as_owner, owner):
    found = a_sweep(owner=owner, state="failed")
    a_trial(found, state="failed", score=None)
    for name in ("best", "curves", "coordinates", "importance"):
        assert ask(as_owner, found, name)["empty"] == "None of its trials came to a score."


def test_trials_are_in_the_order_in_which_they_ended(as_owner, sweep):
    rows = as_owner.get(f"/sweeps/{sweep.pk}/charts/best/csv/?x=minutes").getvalue().decode()
    found = list(csv.reader(io.StringIO(rows)))
    assert found[0] == ["trial", "state", "minutes", "score", "best so far"]
    assert [row[0] for row in found[1:]] == ["3", "2", "1"]
    assert [row[4] for row in found[1:]] == ["", "0.02", "0.02"]
    assert [round(float(row[2])) for row in found[1:]] == [2, 3, 4]


def test_finalists_have_their_first_training_and_the_others(as_owner, sweep):
    points, mean = ask(as_owner, sweep, "seeds")["figure"]["data"]
    assert sorted(points["customdata"]) == [2, 5]
    assert mean["y"] == [0.025]


def test_the_log_of_the_score_is_by_choice_or_where_sizes_differ(as_owner, sweep):
    assert ask(as_owner, sweep, "best")["log"] is False
    assert ask(as_owner, sweep, "best", "?log=1")["figure"]["layout"]["yaxis"]["type"] == "log"
    Trial.objects.filter(sweep=sweep, number=1).update(score=0.001)
    assert ask(as_owner, sweep, "best")["log"] is True
    assert ask(as_owner, sweep, "best", "?log=0")["log"] is False


def test_a_contour_is_over_the_dimensions_that_are_asked_for(as_owner, sweep):
    content = ask(as_owner, sweep, "contour", "?a=batch_size&b=learning_rate")
    assert content["pair"] == ["batch_size", "learning_rate"]
    assert content["figure"]["layout"]["yaxis"]["type"] == "log"
    assert "2 whole trainings are too few" in content["note"]
    assert ask(as_owner, sweep, "contour", "?a=optimizer.kind&b=nothing")["pair"] == [
        "learning_rate",
        "batch_size",
    ]


def test_a_contour_needs_two_dimensions_of_numbers(as_owner, owner):
    space = Space(dimensions={"optimizer.kind": Options(options=("adam", "momentum"))})
    found = a_sweep(a_plan(space), owner=owner)
    Trial.objects.create(
        sweep=found, number=1, state="finished", score=0.1, values={"optimizer.kind": "adam"}
    )
    content = ask(as_owner, found, "contour")
    assert (content["figure"], content["pair"]) == (None, [])


@pytest.mark.parametrize(
    "query",
    [
        "?trial=nan&x=hours&log=maybe&a=..&b=",
        "?range.learning_rate=x..y",
        "?state=lost&trial=99999999999999999999",
    ],
)
def test_a_query_that_makes_no_sense_is_no_error(as_owner, sweep, query):
    for chart in charts_of(sweep):
        ask(as_owner, sweep, chart.name, query)


def test_a_marked_trial_is_marked(as_owner, sweep):
    drawn = ask(as_owner, sweep, "slice@learning_rate", "?trial=2")["figure"]["data"]
    assert drawn[-1]["marker"]["symbol"] == "circle-open"


def test_an_unknown_chart_is_refused_with_those_that_there_are(as_owner, sweep):
    for name in ("nonsense", "slice@momentum", "slice"):
        answer = as_owner.get(f"/sweeps/{sweep.pk}/charts/{name}/")
        assert answer.status_code == 404
        assert "coordinates" in answer.json()["error"]
        assert as_owner.get(f"/sweeps/{sweep.pk}/charts/{name}/csv/").status_code == 404


def test_nobody_sees_the_charts_of_somebody_elses_sweep(as_outsider, as_member, sweep):
    for client in (as_outsider, as_member):
        assert client.get(f"/sweeps/{sweep.pk}/charts/best/").status_code == 404
        assert client.get(f"/sweeps/{sweep.pk}/charts/best/csv/").status_code == 404


def test_all_kinds_of_dimensions_and_values_out_of_a_narrowed_range_are_drawn(as_owner, owner):
    space = Space(
        dimensions={
            "optimizer.beta1": OneMinusLog(low=0.8, high=0.999),
            "layers.units": Integers(low=4, high=200, log=True),
            "layers.count": Integers(low=1, high=4),
            "batch_size": PowersOfTwo(low=16, high=64),
        }
    )
    found = a_sweep(a_plan(space), owner=owner)
    for units, beta, batch in ((2, 0.9, 128), (300, None, 16)):
        values = {"layers.units": units, "layers.count": 2, "batch_size": batch, "gone": True}
        a_trial(found, score=0.1, values={**values, **({"optimizer.beta1": beta} if beta else {})})
    axes = {axis["path"]: axis for axis in ask(as_owner, found, "coordinates")["axes"]}
    assert axes["batch_size"]["texts"] == ["16", "32", "64", "128"]
    assert axes["layers.count"]["texts"] == ["1", "2", "3", "4"]
    assert (axes["layers.units"]["texts"][0], axes["layers.units"]["texts"][-1]) == ("2", "300")
    assert axes["gone"]["texts"] == ["true"]
    for chart in charts_of(found):
        ask(as_owner, found, chart.name)


def test_thousands_of_trials_are_drawn_in_part_and_it_is_said(as_owner, owner):
    found = a_sweep(owner=owner)
    rng = np.random.default_rng(0)
    Trial.objects.bulk_create(
        Trial(sweep=found, number=n, state="finished", score=score, epoch=3, ended=found.created,
              values={**VALUES, "learning_rate": 10 ** (-4 * score)})
        for n, score in enumerate(rng.random(2_000).tolist(), 1)
    )  # fmt: skip
    for chart in charts_of(found):
        answer = as_owner.get(f"/sweeps/{found.pk}/charts/{chart.name}/")
        assert len(answer.content) < 150_000, chart.name
    content = ask(as_owner, found, "coordinates")
    assert f"{MOST:,} of 2,000 trials are drawn" in content["note"]
    best = Trial.objects.filter(sweep=found).ranked().first()
    assert best.number in numbers_in(content)


def test_importance_is_drawn_with_its_uncertainty_once_there_are_enough_trials(as_owner, owner):
    found = a_sweep(owner=owner, state="finished")
    assert "Too few trials" in ask(as_owner, a_sweep(owner=owner), "importance")["empty"]
    for n in range(24):
        rate = 10 ** (-4 * (n % 12) / 11)
        a_trial(found, score=0.1 + 0.5 * rate, values={"learning_rate": rate, "batch_size": 16 << n % 4})
    content = ask(as_owner, found, "importance")
    bars = content["figure"]["data"][0]
    assert bars["text"][0] == "Learning rate"
    assert bars["x"][0] > 0.5
    assert len(bars["error_x"]["array"]) == 3
    assert "24 finished trials" in content["note"]


# --- learning curves


def a_trained(sweep: Sweep, errors: list[float], **fields) -> Trial:
    run = a_run(owner=sweep.owner, version=sweep.version, state="running", attempt=1, is_trial=True)
    Attempt.objects.create(run=run, number=1)
    write_epochs(run, 1, 1, errors)
    return a_trial(sweep, run=run, score=errors[-1], epoch=len(errors), **fields)


def write_epochs(run, attempt, sequence, errors, first=1):
    n = len(errors)
    epochs = np.arange(first, first + n)
    table = {"epoch": epochs, "step": 2 * epochs, "dev_error": errors, "dev_cost": np.multiply(errors, 2)}
    columns = pack(
        {"cost": np.ones(2 * n), "seconds": np.zeros(2 * n)},
        {**dict.fromkeys(["train_cost", "train_error"], errors), **table},
    )
    Chunk.objects.create(
        run=run, attempt=attempt, sequence=sequence, first_step=2 * first - 1, n_steps=2 * n, columns=columns
    )


def test_curves_come_from_chunks_and_from_blocks_in_few_questions(as_owner, owner):
    found = a_sweep(owner=owner)
    trials = [a_trained(found, [0.5, 0.4, 0.3 - 0.01 * i]) for i in range(4)]
    a_trained(found, [0.6, 0.7], state="pruned")
    compact_all(trials[0].run)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        tables = epochs_of([trial.run_id for trial in trials])
    assert len(asked) == 3
    assert all(table["dev_error"].tolist()[:2] == [0.5, 0.4] for table in tables.values())
    content = ask(as_owner, found, "curves")
    assert [trace["name"] for trace in content["figure"]["data"]] == ["given up", "not given up", "best"]
    assert content["figure"]["data"][2]["customdata"] == [4, 4, 4]
    assert set(epochs_of([trials[0].run_id], ["dev_cost"])[trials[0].run_id]) == {"epoch", "dev_cost"}


def test_curves_are_of_the_objective(as_owner, owner):
    found = a_sweep(a_plan(objective="dev_cost"), owner=owner)
    a_trained(found, [0.5, 0.25])
    assert ask(as_owner, found, "curves")["figure"]["data"][0]["y"] == [1, 0.5]


def test_what_an_attempt_did_beyond_the_checkpoint_of_the_next_does_not_count(owner):
    trial = a_trained(a_sweep(owner=owner), [0.5, 0.4, 0.9])
    run = trial.run
    Attempt.objects.create(run=run, number=2, origin=1, step=4, epoch=2)
    write_epochs(run, 2, 2, [0.35], first=3)
    assert epochs_of([run.pk])[run.pk]["dev_error"].tolist() == [0.5, 0.4, 0.35]


def test_a_series_that_older_chunks_lack_is_a_gap(owner, monkeypatch):
    trial = a_trained(a_sweep(owner=owner), [0.5, 0.4])
    monkeypatch.setitem(EPOCHS, "entropy", Column(np.dtype("f8")))
    table = epochs_of([trial.run_id], ["entropy", "dev_error"])[trial.run_id]
    assert table["dev_error"].tolist() == [0.5, 0.4]
    assert np.isnan(table["entropy"]).tolist() == [True, True]


def test_a_run_that_recorded_nothing_has_no_curve(owner):
    assert epochs_of([a_run(owner=owner).pk]) == {}
    assert epochs_of([]) == {}

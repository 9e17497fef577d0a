"""Every chart of the registry, on snapshots that the observer makes of small runs."""

import csv
import json

import numpy as np
import pytest

from engine import Data, Dense, Trainer
from engine.events import LayerStatistics
from tests.webapp.datasets.factories import a_version
from tests.webapp.runs.factories import a_run, a_spec, write_chunks
from webapp.charts.payload import payload
from webapp.runs.insight.answers import Judge
from webapp.runs.insight.layers import arrays_of, numbers_of
from webapp.runs.insight.pictures import Plane, decisions, first_weights
from webapp.runs.insight.registry import KINDS, chart, charts_of
from webapp.runs.insight.scene import Scene
from webapp.runs.models import Arrangement, Attempt, Snapshot
from webapp.runs.models.snapshot import packed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

TASKS = {
    "binary": {"classes": ["no", "yes"], "head": "sigmoid"},
    "multiclass": {"classes": ["a", "<b>", "c"], "head": "softmax"},
    "multilabel": {"classes": ["p", "q"], "head": "sigmoid"},
    "regression": {"classes": [], "head": "squared_error"},
}


def observed(task="binary", images=False, steps=3, **changes):
    """A run with a snapshot at each of its first steps, from a network that is really trained."""
    rng = np.random.default_rng(1)
    classes, head = TASKS[task]["classes"], TASKS[task]["head"]
    n = 4 if images else 2
    outputs = len(classes) if head == "softmax" or task == "multilabel" else 1
    answers = {
        "regression": rng.normal(size=24).astype(np.float32),
        "multilabel": rng.integers(0, 2, (24, 2)),
    }.get(task, rng.integers(0, max(2, len(classes)), 24))
    x = rng.normal(size=(24, n)).astype(np.float32)
    shape = (2, 2, 1) if images else None
    data = Data(x, answers, x[:9], answers[:9], n_outputs=outputs, image_shape=shape)
    layers = (Dense(units=4, batch_norm=True), Dense(units=3, activation="tanh"))
    spec = a_spec(layers=layers, head=head, batch_size=8, epochs=3, **changes)
    version = a_version(task=task, classes=classes, n_features=n, image_shape=shape)
    run = a_run(spec, version=version, attempt=1, n_steps=9, step=steps)
    Attempt.objects.create(run=run, number=1)
    trainer, judge = Trainer(spec, data, statistics_every=1), Judge(data, task)
    seen = (event for event in trainer if type(event) is LayerStatistics)
    for _, event in zip(range(steps), seen, strict=False):
        numbers, arrays = judge.judge(trainer.network)
        arrays |= arrays_of(event)
        if images:
            arrays |= first_weights(trainer.network, shape)
        else:
            side = np.linspace(-2, 2, 60)
            plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2).astype(np.float32)
            arrays |= decisions(trainer.network, Plane(side, side, plane), task)
        Snapshot.objects.create(
            run=run,
            attempt=1,
            step=event.step,
            epoch=trainer.completed_epochs,
            numbers=numbers_of(event) | numbers,
            content=packed(arrays),
        )
    return run


RUNS = [("binary", False), ("multiclass", True), ("multiclass", False), ("multilabel", False),
        ("regression", False)]  # fmt: skip


@pytest.mark.parametrize(("task", "images"), RUNS)
def test_every_chart_that_suits_a_run_is_drawn_as_strict_json(task, images):
    run = observed(task, images)
    scene = Scene(run)
    for one in charts_of(run):
        figure = one.kind.draw(scene, one.option)
        assert figure is not None, one.name
        json.dumps(payload(figure), allow_nan=False)
        assert chart(run, one.name) == one


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_chart_says_in_a_line_what_it_is_for(kind):
    assert 30 < len(kind.help) <= 105
    assert kind.help.endswith(".")
    assert (kind.source == "history") == bool(kind.table and kind.columns)


def test_before_the_first_look_no_chart_fails():
    run = a_run(version=a_version(task="binary", classes=["no", "yes"], image_shape=[1, 2, 1]))
    for one in charts_of(run):
        one.kind.draw(Scene(run), one.option)


def test_a_chart_of_a_moment_shows_the_last_snapshot_up_to_the_chosen_step(as_owner, owner):
    run = observed()
    run.owner = owner
    run.save()
    Snapshot.objects.filter(step=2).delete()
    address = f"/runs/{run.pk}/charts/confusion/"
    newest, chosen = as_owner.get(address).json(), as_owner.get(address, {"step": 2}).json()
    assert (newest["step"], chosen["step"]) == (3, 1)
    assert newest["steps"] == [1, 3]
    assert newest["figure"]["data"][0]["type"] == "heatmap"


def test_a_chart_says_when_it_is_about_a_sample(as_owner, owner):
    run = observed()
    run.owner = owner
    run.save()
    for snapshot in run.snapshots.all():
        snapshot.numbers |= {"judged": 5000, "judged_of": 12345}
        snapshot.save()
    answer = as_owner.get(f"/runs/{run.pk}/charts/calibration/").json()
    assert answer["note"] == "On 5,000 of 12,345 dev examples, evenly spread."
    assert as_owner.get(f"/runs/{run.pk}/charts/gradient_norms/").json()["note"] == ""


def test_superseded_snapshots_are_not_drawn():
    run = observed()
    Attempt.objects.create(run=run, number=2, origin=1, step=1)
    Snapshot.objects.create(run=run, attempt=2, step=2, epoch=0)
    assert [(one.attempt, one.step) for one in Scene(run).snapshots] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("nothing", 404, "There is no chart “nothing”. There are: cost_by_epoch"),
        ("metric@nothing", 400, "“metric@nothing” is not among the charts of this run: metric@error"),
        ("metric", 400, "“metric” is not among"),
        ("predictions", 400, "It is about numbers, and the run predicts classes."),
        ("first_weights", 400, "these data are no images"),
        ("confusion/?step=first", 400, "Give step as a whole number"),
        ("confusion/?step=-1", 400, "Give step as a whole number"),
        (f"confusion/?step={'9' * 40}", 400, "Give step as a whole number"),
    ],
)
def test_a_chart_that_cannot_be_is_refused_with_the_reason(as_owner, owner, name, status, words):
    run = a_run(owner=owner)
    path, _, query = name.partition("/")
    for last in ("", "csv/"):
        answer = as_owner.get(f"/runs/{run.pk}/charts/{path}/{last}{query}")
        assert answer.status_code == status
        text = b"".join(answer).decode()
        assert words in (json.loads(text)["error"] if not last else text)


def test_charts_of_other_peoples_runs_are_not_found(as_outsider):
    run = a_run()
    for path in ("charts/confusion/", "charts/confusion/csv/"):
        assert as_outsider.get(f"/runs/{run.pk}/{path}").status_code == 404
    assert as_outsider.post(f"/runs/{run.pk}/charts/", {"charts": ""}).status_code == 404


def test_every_point_of_the_history_can_be_downloaded(as_owner, owner):
    run = a_run(owner=owner)
    write_chunks(run, [[0.5, np.nan], [0.25]])
    answer = as_owner.get(f"/runs/{run.pk}/charts/cost/csv/")
    names, *rows = csv.reader(b"".join(answer).decode().splitlines())
    place = names.index("cost")
    assert [row[place] for row in rows] == ["0.5", "", "0.25"]
    assert [row[names.index("step")] for row in rows] == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["confusion", "gradient_norms", "weights_over_time@layers.0", "calibration"])
def test_the_numbers_of_every_other_chart_can_be_downloaded(as_owner, owner, name):
    run = observed()
    run.owner = owner
    run.save()
    answer = as_owner.get(f"/runs/{run.pk}/charts/{name}/csv/")
    rows = list(csv.reader(b"".join(answer).decode().splitlines()))
    assert len(rows) > 3
    assert {len(row) for row in rows} == {3}


def test_an_arrangement_is_kept_for_the_person(as_owner, owner):
    run = a_run(owner=owner)
    asked = {"charts": "calibration,metric@f1:2", "x": "epoch", "log_y": "true", "beta": "0.9"}
    assert as_owner.post(f"/runs/{run.pk}/charts/", asked).status_code == 204
    kept = Arrangement.objects.get(user=owner)
    assert kept.charts == ["calibration", "metric@f1:2"]
    assert kept.view == {"x": "epoch", "log_y": True, "beta": 0.9}


def test_charts_that_only_other_runs_have_stay_in_the_arrangement(as_owner, owner):
    Arrangement.objects.create(user=owner, charts=["first_weights:2", "confusion"])
    run = a_run(owner=owner)
    as_owner.post(f"/runs/{run.pk}/charts/", {"charts": "calibration"})
    assert Arrangement.objects.get(user=owner).charts == ["calibration", "first_weights:2"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"charts": "nothing"}, "There is no chart “nothing”"),
        ({"charts": ",".join(["metric@f1"] * 65)}, "65 charts are too many"),
        ({"x": "moon"}, "x: Input should be"),
        ({"beta": "1"}, "beta: Input should be less than or equal to 0.9999"),
        ({"beta": "nan"}, "beta:"),
    ],
)
def test_an_arrangement_that_cannot_be_is_refused_and_nothing_lost(as_owner, owner, asked, words):
    Arrangement.objects.create(user=owner, charts=["confusion"])
    answer = as_owner.post(f"/runs/{a_run(owner=owner).pk}/charts/", asked)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert Arrangement.objects.get(user=owner).charts == ["confusion"]

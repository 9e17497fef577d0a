"""Snapshots of runs that really train, as the training task makes them."""

import numpy as np
import pytest

from engine import Data, Dense, Trainer
from tests.webapp.runs.factories import a_run, a_spec
from tests.webapp.runs.test_tasks import HEIGHTS, SIDES, read, trained
from webapp.datasets.ingestion import ingest
from webapp.datasets.models import Dataset
from webapp.runs.cockpit.branching import branch
from webapp.runs.insight.pictures import SIDE
from webapp.runs.models import Attempt, Run, Snapshot
from webapp.runs.models.snapshot import on_the_line
from webapp.runs.training import observer
from webapp.runs.training.observer import Observer, evenly

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

PLANE = "a,b,label\n" + "\n".join(
    f"{x},{y},{'in' if x * x + y * y < 20 else 'out'}" for x in range(-6, 7) for y in range(-6, 7)
)


def first_and_last(run: Run) -> tuple[Snapshot, Snapshot]:
    assert run.state != "failed", run.reason
    snapshots = list(run.snapshots.order_by("step"))
    return snapshots[0], snapshots[-1]


def test_a_run_is_looked_into_at_its_first_step_and_when_it_ends():
    run = trained(read(SIDES), epochs=30)
    first, last = first_and_last(run)
    assert (first.step, first.epoch) == (1, 0)
    assert (last.step, last.epoch) == (90, 30)


def test_a_snapshot_tells_of_every_layer():
    run = trained(read(SIDES), layers=(Dense(units=4, batch_norm=True), Dense(units=3)), epochs=30)
    first, last = first_and_last(run)
    for layer in ("layers.0", "layers.1", "output"):
        assert first.numbers[f"{layer}.gradient_norm"] > 0
        assert first.numbers[f"{layer}.update_ratio"] > 0
        assert 0 <= last.numbers[f"{layer}.dead"] <= 1
        assert last.arrays[f"{layer}/weights/counts"].sum() > 0
    assert first.numbers["layers.0.batch_norm.std"] > 0
    assert first.numbers["layers.0.saturated"] is None  # a ReLU has no upper end
    assert last.numbers["layers.0.gradient_norm"] > 0
    assert "layers.0.update_ratio" not in last.numbers  # there was no step to tell of it


def test_answers_on_the_dev_part_are_judged_by_every_metric_of_the_task():
    run = trained(read(SIDES), epochs=60, learning_rate=0.05)
    _, last = first_and_last(run)
    assert last.numbers["metrics.error"] == pytest.approx(run.dev_error)
    assert last.numbers["metrics.roc_auc"] == 1
    assert last.numbers["judged"] == last.numbers["judged_of"] == run.version.n_dev
    assert last.arrays["confusion"].sum() == run.version.n_dev
    assert last.arrays["calibration/counts"].sum() == run.version.n_dev


def test_a_regression_is_judged_in_the_unit_of_its_target():
    run = trained(read(HEIGHTS), head="squared_error", epochs=100, learning_rate=0.05)
    _, last = first_and_last(run)
    assert last.numbers["metrics.rmse"] == pytest.approx(run.dev_error, rel=1e-4)
    truth = last.arrays["fit/truth"]
    ages = (truth - 75) / 6
    assert np.allclose(ages, np.rint(ages), atol=1e-4)
    assert "confusion" not in last.arrays


def test_labels_that_do_not_exclude_each_other_have_no_confusion_matrix():
    data = Data(*(np.zeros((8, 2), np.float32), np.zeros((8, 2), int)) * 2, n_outputs=2)
    judge = observer.Judge(data, "multilabel")
    numbers, arrays = judge.judge(Trainer(a_spec(batch_size=4), data).network)
    assert "metrics.f1" in numbers
    assert "metrics.top_3" not in numbers
    assert "confusion" not in arrays


def test_two_features_span_a_plane_that_is_decided_everywhere():
    run = trained(read(PLANE), epochs=100, learning_rate=0.05, layers=(Dense(units=8),))
    _, last = first_and_last(run)
    classes, x, y = (last.arrays[f"plane/{name}"] for name in ("class", "x", "y"))
    assert classes.shape == (SIDE, SIDE)
    assert x.min() < -6
    assert y.max() > 6
    middle, corner = classes[SIDE // 2, SIDE // 2], classes[0, 0]
    assert middle != corner


def test_images_have_the_weights_of_the_first_layer_as_images():
    dataset = Dataset.objects.begin(builtin="digits", name="Digits")
    ingest(dataset.current_id)
    dataset.current.refresh_from_db()
    run = trained(dataset.current, head="softmax", batch_size=64, layers=(Dense(units=50),), epochs=1)
    first, last = first_and_last(run)
    assert last.arrays["images"].shape == (36, 8, 8, 1)
    assert last.arrays["images/scale"][0] > 0
    assert np.abs(last.arrays["images"].astype(int) - 128).max() == 127
    assert first.arrays["confusion"].shape == (10, 10)


def test_a_network_whose_weights_are_no_numbers_any_more_is_left_alone():
    spec = {"head": "squared_error", "optimizer": "gradient_descent", "learning_rate": 10.0, "epochs": 200}
    run = trained(read(HEIGHTS), layers=(Dense(units=8), Dense(units=8)), **spec)
    assert run.state == "diverged"
    assert run.snapshots.filter(step=1).exists()


def test_looking_changes_nothing_in_the_course_of_a_run(monkeypatch):
    version = read(SIDES)
    looked_at = trained(version, epochs=20)
    monkeypatch.setattr(Observer, "look", lambda self: None)
    left_alone = trained(version, epochs=20)
    assert looked_at.weights == left_alone.weights


def test_a_look_is_followed_by_a_rest_of_four_hundred_times_its_length(monkeypatch):
    times = iter([10.0, 10.05])
    monkeypatch.setattr(observer, "perf_counter", lambda: next(times))
    watching = Observer.__new__(Observer)
    watching.asked, watching.due = None, 0.0
    watching.trainer = type("Asked", (), {"observe": lambda self: None})()
    watching._keep = lambda statistics: None
    watching.look()
    watching.take(None)
    assert watching.due == pytest.approx(10.05 + 400 * 0.05)
    assert watching.asked is None


def test_of_too_many_snapshots_those_at_even_distances_stay(monkeypatch):
    monkeypatch.setattr(observer, "MOST", 30)
    run = a_run()
    Snapshot.objects.bulk_create(Snapshot(run=run, attempt=1, step=step, epoch=0) for step in range(1, 41))
    watching = Observer.__new__(Observer)
    watching.run, watching.count = run, 40
    watching._thin_out()
    steps = list(run.snapshots.order_by("step").values_list("step", flat=True))
    assert len(steps) == watching.count == 20
    assert (steps[0], steps[-1]) == (1, 40)
    assert set(np.diff(steps)) <= {2, 3}


def test_places_at_even_distances_are_the_nearest_there_are():
    assert evenly([1, 2, 3, 50, 99, 100], 3) == {0, 3, 5}


def test_snapshots_beyond_the_checkpoint_that_was_gone_back_to_do_not_count():
    run = a_run(attempt=2)
    Attempt.objects.create(run=run, number=1)
    Attempt.objects.create(run=run, number=2, origin=1, step=10, epoch=1)
    for attempt, step in ((1, 5), (1, 12), (2, 12)):
        Snapshot.objects.create(run=run, attempt=attempt, step=step, epoch=1)
    assert [(one.attempt, one.step) for one in on_the_line(run, run.snapshots.all())] == [(1, 5), (2, 12)]


def test_a_branch_has_the_snapshots_of_its_parent_up_to_where_it_began():
    run = trained(read(SIDES), epochs=30)
    origin = run.checkpoints.order_by("step").last()
    Snapshot.objects.create(run=run, attempt=1, step=origin.step + 1, epoch=30)
    child = branch(origin, run.owner, "a branch")
    steps = [step for step in run.snapshots.values_list("step", flat=True) if step <= origin.step]
    assert list(child.snapshots.values_list("step", flat=True)) == steps
    assert set(child.snapshots.values_list("attempt", flat=True)) == {0}

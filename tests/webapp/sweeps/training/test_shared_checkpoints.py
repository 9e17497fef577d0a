"""Trials that end together leave one file: each is taken out of it when somebody asks for it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from engine import checkpoint
from engine.data import Data
from tests.webapp.sweeps.sweeping import begun, read, swept
from webapp.datasets.preparation import prepare
from webapp.runs.cockpit.branching import BranchRefusedError
from webapp.runs.models import Checkpoint, Run
from webapp.runs.models.checkpoint import shared_path
from webapp.sweeps.models import Cohort, Sweep
from webapp.sweeps.promoting import promote
from webapp.sweeps.scheduling import take
from webapp.sweeps.training.flight import Flight

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
def a_worker_and_files_of_our_own(settings, tmp_path):
    settings.HONE_SLOTS = 1
    settings.MEDIA_ROOT = tmp_path


def shared_files() -> list[Path]:
    return list(shared_path("").glob("*"))


def checkpoints(sweep: Sweep) -> list[Checkpoint]:
    return [trial.run.checkpoints.get() for trial in sweep.trials.select_related("run")]


def data_of(sweep: Sweep) -> Data:
    return prepare(sweep.version, sweep.configuration)


def weights_in(kept: Sequence[Checkpoint], data: Data) -> list[str]:
    return [checkpoint.load(each.file(), data).network.fingerprint() for each in kept]


def test_each_trial_finds_its_own_network_in_the_file_that_all_share():
    sweep = swept(read(), trials=3)
    assert len(shared_files()) == 1
    kept = checkpoints(sweep)
    assert weights_in(kept, data_of(sweep)) == [each.run.weights for each in kept]
    assert len({each.run.weights for each in kept}) == 3
    assert [each.size for each in checkpoints(sweep)] == [each.path.stat().st_size for each in kept]


def test_the_shared_file_goes_when_the_last_one_is_taken_out_or_deleted():
    sweep = swept(read(), trials=3)
    first, second, third = checkpoints(sweep)
    first.file()
    Run.objects.get(pk=second.run_id).delete()
    assert len(shared_files()) == 1
    third.delete()
    assert not shared_files()
    assert first.path.exists()


def test_two_who_ask_at_once_both_get_it():
    sweep = swept(read(), trials=1)
    one, other = checkpoints(sweep)[0], checkpoints(sweep)[0]
    assert one.file() == other.file()
    assert other.shared == ""


def test_one_that_is_deleted_while_it_is_taken_out_leaves_no_file_and_is_said_to_be_gone():
    sweep = swept(read(), trials=2)
    kept = checkpoints(sweep)[0]
    Checkpoint.objects.filter(pk=kept.pk).delete()
    with pytest.raises(FileNotFoundError, match="deleted meanwhile"):
        kept.file()
    assert not kept.path.exists()


def test_a_damaged_shared_file_is_said_to_be_where_a_trial_is_promoted():
    sweep = swept(read(), trials=2)
    [file] = shared_files()
    file.write_bytes(file.read_bytes()[:-1])
    trial = sweep.trials.first()
    with pytest.raises(BranchRefusedError, match="damaged or missing"):
        promote(trial, 9, sweep.owner)
    file.unlink()
    with pytest.raises(BranchRefusedError, match="damaged or missing"):
        promote(trial, 9, sweep.owner)


def test_what_a_worker_that_died_left_behind_goes_with_the_end_of_its_cohort():
    sweep = begun(trials=2)
    cohort = take()
    litter = shared_path(f"{cohort.pk}-0001-0000000001-0.safetensors")
    litter.parent.mkdir(parents=True)
    litter.write_bytes(b"half of a file")
    Cohort.objects.filter(pk=cohort.pk).update(attempt=2)
    cohort.refresh_from_db()
    Flight(cohort, lambda: False).fly()
    assert not litter.exists()
    assert all(each.file().exists() for each in checkpoints(sweep))

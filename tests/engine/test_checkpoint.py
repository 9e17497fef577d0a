"""Checkpoints: a run taken up again is the run that was never left, bit by bit."""

import json

import numpy as np
import pytest

from engine import Data, EpochMetrics, Resumed, StepMetrics, Trainer, checkpoint
from engine import environment as environment_module
from tests.engine.examples import small_data, small_spec


def _images() -> Data:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((31, 16)).astype(np.float32)
    y = rng.integers(0, 3, 31)
    return Data(x[:21], y[:21], x[21:], y[21:], 3, image_shape=(4, 4, 1))


EVERYTHING = {
    "layers": [{"units": 6, "batch_norm": True, "keep_prob": 0.7}, {"units": 5, "activation": "gelu"}],
    "batch_size": 4,
    "epochs": 6,
    "input_keep_prob": 0.9,
    "l2": 0.1,
    "schedule": {"kind": "reduce_on_plateau", "patience": 0, "warmup_epochs": 1.5, "threshold": 0.1},
    "early_stopping": {"kind": "patience", "patience": 4},
    "augmentations": ["flip", "noise"],
}


def _finish(trainer: Trainer) -> tuple[list[bytes], bytes]:
    costs = [event.cost.tobytes() for event in trainer if isinstance(event, StepMetrics)]
    return costs, trainer.network.theta.tobytes() + trainer.network.statistics.kept.tobytes()


def _left_after(trainer: Trainer, events: int) -> list[bytes]:
    costs = []
    for _ in range(events):
        event = next(iter(trainer))
        if isinstance(event, StepMetrics):
            costs.append(event.cost.tobytes())
    return costs


@pytest.mark.parametrize("optimizer", ["adam", "momentum"])
@pytest.mark.parametrize("events", [1, 3, 7, 8, 10, 23])
@pytest.mark.parametrize("k", [1, 3])
def test_a_run_left_anywhere_goes_on_bit_by_bit(events, k, optimizer):
    base = small_spec(**EVERYTHING, optimizer=optimizer)
    specs = [base.model_copy(update={"learning_rate": 0.01 * (i + 1), "seed": i}) for i in range(k)]
    expected = _finish(Trainer(specs, _images()))
    trainer = Trainer(specs, _images())
    first = _left_after(trainer, events)
    resumed = checkpoint.from_bytes(checkpoint.to_bytes(trainer), _images())
    rest, final = _finish(resumed)
    assert (first + rest, final) == expected


def test_the_first_event_after_taking_up_says_where_and_whether_exactly(tmp_path):
    trainer = Trainer(small_spec(), small_data())
    _left_after(trainer, 6)
    checkpoint.save(trainer, tmp_path / "run.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]
    resumed = checkpoint.load(tmp_path / "run.safetensors", small_data())
    assert next(iter(resumed)) == Resumed(step=4, epoch=2, exact=True, difference="")
    assert resumed.specs == trainer.specs
    assert checkpoint.read_specs((tmp_path / "run.safetensors").read_bytes()) == trainer.specs


def test_another_number_of_threads_is_told(monkeypatch):
    trainer = Trainer(small_spec(), small_data())
    _left_after(trainer, 2)
    content = checkpoint.to_bytes(trainer)
    now = environment_module.environment() | {"n_threads": 77}
    monkeypatch.setattr(checkpoint, "environment", lambda: now)
    event = next(iter(checkpoint.from_bytes(content, small_data())))
    assert not event.exact
    assert "BLAS threads were" in event.difference
    assert "now 77" in event.difference


def test_a_checkpoint_from_before_denormals_were_zero_is_not_taken_for_exact(monkeypatch):
    trainer = Trainer(small_spec(), small_data())
    _left_after(trainer, 2)
    now = environment_module.environment()
    before = {key: value for key, value in now.items() if key != "denormals"}
    monkeypatch.setattr(checkpoint, "environment", lambda: before)
    content = checkpoint.to_bytes(trainer)
    monkeypatch.setattr(checkpoint, "environment", lambda: now | {"denormals": "zero"})
    event = next(iter(checkpoint.from_bytes(content, small_data())))
    assert (event.exact, event.difference) == (False, "denormals were kept, now zero")


def test_changes_and_drops_survive():
    specs = [small_spec(seed=seed, epochs=4) for seed in range(3)]

    def altered() -> Trainer:
        trainer = Trainer(specs, small_data())
        _left_after(trainer, 2)
        trainer.change({"learning_rate": 0.02}, member=2)
        trainer.drop(0)
        _left_after(trainer, 3)
        return trainer

    expected = _finish(altered())
    resumed = checkpoint.from_bytes(checkpoint.to_bytes(altered()), small_data())
    assert resumed.members == [2, 1]
    assert resumed.spec.learning_rate == 0.02
    assert _finish(resumed) == expected


def test_nothing_is_kept_that_safetensors_or_json_cannot_hold():
    trainer = Trainer(small_spec(**EVERYTHING), _images())
    _left_after(trainer, 9)
    header = checkpoint.to_bytes(trainer)[8:]
    state = json.loads(json.JSONDecoder().raw_decode(header.decode("latin-1"))[0]["__metadata__"]["state"])
    assert state["counters"] == {"step": 7, "epoch": 2, "position": 4, "within": True}
    assert state["history"] == [[0, 0, 0, 4]]
    assert state["specs"][0]["batch_size"] == 4


def test_a_damaged_file_and_other_data_are_refused():
    trainer = Trainer(small_spec(), small_data())
    content = checkpoint.to_bytes(trainer)
    for damaged in (b"", b"nonsense", content[:200], content[:-10]):
        with pytest.raises(ValueError, match="no whole checkpoint"):
            checkpoint.from_bytes(damaged, small_data())
    from safetensors.numpy import save

    with pytest.raises(ValueError, match="its format is another"):
        checkpoint.from_bytes(save({"w": np.ones(2)}), small_data())
    with pytest.raises(ValueError, match=r"belongs to data of .*'n_train': 21.*but this is .*'n_train': 30"):
        checkpoint.from_bytes(content, small_data(m=30))


def test_a_finished_run_taken_up_finishes_again_at_once():
    trainer = Trainer(small_spec(), small_data())
    events = list(trainer)
    again = list(checkpoint.from_bytes(checkpoint.to_bytes(trainer), small_data()))
    assert [type(event) for event in again] == [Resumed, type(events[-1])]
    assert not any(isinstance(event, EpochMetrics) for event in again)


def test_a_member_of_a_cohort_goes_on_by_itself_as_it_would_have_among_the_others():
    rates = (1e-3, 1e-2, 3e-2)
    specs = [small_spec(**EVERYTHING | {"learning_rate": rate}) for rate in rates]
    cohort = Trainer(specs, _images())
    taken = None
    for event in cohort:
        if isinstance(event, EpochMetrics) and event.epoch == 3:
            taken = b"".join(checkpoint.member(b"".join(checkpoint.content_of(cohort, [2, 1])), 1))
        if isinstance(event, EpochMetrics) and event.epoch == 5:
            break
    alone = checkpoint.from_bytes(taken, _images())
    assert (alone.epoch, alone.spec, alone.members) == (3, specs[1], [0])
    for event in alone:
        if isinstance(event, EpochMetrics) and event.epoch == 5:
            break
    np.testing.assert_allclose(alone.network.theta[0], cohort.network.theta[1], rtol=1e-3, atol=1e-5)

import numpy as np
import pytest

from webapp.runs.history.columns import EPOCHS, PULSE, STEPS, join, pack, pack_each, unpack

NO_EPOCHS = dict.fromkeys(EPOCHS, ())


def test_a_chunk_gives_back_what_was_packed_with_its_step_numbers():
    block = pack(
        {"cost": [0.5, 0.25], "seconds": [0.1, 0.2]},
        {name: [1] for name in EPOCHS},
        {name: [2] for name in PULSE},
    )
    columns = unpack(41, block)
    assert columns.steps["step"].tolist() == [41, 42]
    assert columns.steps["cost"].tolist() == [0.5, 0.25]
    assert columns.epochs["epoch"].tolist() == [1]
    assert columns.pulse["memory_mb"].tolist() == [2]


def test_a_series_that_was_not_recorded_has_no_numbers():
    columns = unpack(1, pack({"cost": [0.5, 0.25], "seconds": [0.1, 0.2]}, NO_EPOCHS))
    assert np.isnan(columns.steps["learning_rate"]).tolist() == [True, True]


def test_a_value_that_is_not_finite_is_stored_as_no_number():
    columns = unpack(1, pack({"cost": [np.inf, -np.inf, np.nan, 1], "seconds": [0] * 4}, NO_EPOCHS))
    assert np.isnan(columns.steps["cost"]).tolist() == [True, True, True, False]


def test_joining_nothing_gives_empty_tables():
    columns = join([])
    assert {name: len(columns.steps[name]) for name in STEPS} == dict.fromkeys(STEPS, 0)


@pytest.mark.parametrize(("steps", "epochs"), [(5, 2), (7, 0), (0, 1)])
def test_runs_packed_together_have_the_blocks_that_each_would_have_alone(steps, epochs):
    numbers = np.random.default_rng(0)
    of_steps = {name: numbers.normal(size=(3, steps)) for name in STEPS}
    of_steps["cost"][1, 2:3] = np.inf
    of_epochs = {name: numbers.integers(9, size=(3, epochs)) for name in EPOCHS}
    pulse = {name: [numbers.integers(9)] for name in PULSE}
    alone = [
        pack(*({name: rows[i] for name, rows in table.items()} for table in (of_steps, of_epochs)), pulse)
        for i in range(3)
    ]
    assert pack_each(of_steps, of_epochs, pulse) == alone

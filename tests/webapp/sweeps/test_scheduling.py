"""How the trials of a sweep are shared out among slots."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import RATES, begun
from webapp.sweeps import planning, scheduling
from webapp.sweeps.admission import LARGEST, Admission
from webapp.sweeps.scheduling import even_share, take
from webapp.sweeps.tasks import train
from webapp.sweeps.training.desk import Desk

COUNTS = st.integers(1, 10_000)
#: Slots, trials, and how many may train together; how many each worker in turn then gets.
SHARED = [
    (1, 6, 8, [6]),
    (2, 6, 8, [3, 3]),
    (2, 6, 2, [2, 2, 2]),
    (2, 7, 3, [2, 2, 2, 1]),
    (3, 6, 8, [2, 2, 2]),
    (4, 6, 8, [2, 2, 1, 1]),
]


def test_all_slots_get_equal_cohorts_rather_than_one_of_them_a_small_last_one():
    assert even_share(256, 18, 2) == 16
    assert even_share(256, 186, 2) == 128
    assert even_share(3, 18, 2) == 2


@given(trials=COUNTS, most=st.integers(1, 256), slots=st.integers(1, 64))
def test_cohorts_are_as_many_for_every_slot_and_never_too_large(trials, most, slots):
    share = even_share(trials, most, slots)
    assert 1 <= share <= most
    rounds = -(-trials // (slots * most))
    assert -(-trials // share) <= slots * rounds


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
@pytest.mark.parametrize(("slots", "trials", "most", "sizes"), SHARED)
def test_who_comes_while_others_train_takes_their_share_of_what_waits(
    settings, monkeypatch, slots, trials, most, sizes
):
    settings.HONE_SLOTS = slots
    monkeypatch.setattr(Admission, "most_together", lambda self, spec: most)
    begun(trials=trials)
    assert crews() == sizes


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
@pytest.mark.parametrize("first", [4, 5, 8, 100])
def test_cohorts_do_not_depend_on_how_many_trials_are_suggested_at_once(settings, monkeypatch, first):
    settings.HONE_SLOTS = 2
    monkeypatch.setattr(Admission, "most_together", lambda self, spec: 4)
    monkeypatch.setattr(planning, "FIRST", first)
    monkeypatch.setattr(planning, "FEW", 4)
    monkeypatch.setattr(scheduling, "FEW", 4)
    begun(trials=22)
    assert crews() == [4, 4, 4, 4, 4, 2]


def test_more_is_suggested_before_fewer_wait_than_the_largest_cohort_takes():
    assert planning.FEW >= LARGEST


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_a_grid_is_shared_out_though_its_conditions_leave_fewer_than_it_seems(settings):
    settings.HONE_SLOTS = 2
    space = {
        "dimensions": {
            "optimizer.kind": {"kind": "options", "options": ["gradient_descent", "momentum"]},
            "optimizer.beta": {"kind": "one_minus_log", "low": 0.9, "high": 0.99},
            **RATES,
        }
    }
    sweep = begun(space=space, strategy={"kind": "grid", "steps": 3}, trials=100)
    assert crews() == [6, 3, 3]
    assert sweep.trials.count() == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_what_is_not_refused_is_shared_out_as_though_it_were_all(settings, monkeypatch):
    settings.HONE_SLOTS = 2
    entry = Admission.entry

    def every_tenth(admission, values):
        known = entry(admission, values)
        number = next(asked)
        return known if number % 10 == 0 else known._replace(reason="It would not fit.")

    asked = count()
    monkeypatch.setattr(Admission, "entry", every_tenth)
    begun(trials=200)
    assert crews() == [10, 10]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_a_strategy_that_learns_is_asked_again_when_no_trial_waits(settings):
    settings.HONE_SLOTS = 2
    sweep = begun(trials=2 * planning.LESSON, strategy={"kind": "tpe"})
    found = []
    while cohort := take():
        found.append((len(cohort.crew), sweep.trials.count()))
    lesson, half = planning.LESSON, planning.LESSON // 2
    assert found == [(half, lesson), (half, lesson), (lesson, 2 * lesson)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_slots_share_what_a_budget_of_epochs_allows_and_begin_no_more_while_it_trains(settings):
    settings.HONE_SLOTS = 2
    sweep = begun(spec=a_spec(batch_size=8, epochs=4), trials=500, epochs=40)
    first, second = take(), take()
    assert [len(first.crew), len(second.crew)] == [5, 5]
    assert take() is None
    train(first, Desk())
    assert take() is None
    train(second, Desk())
    assert take() is None
    sweep.refresh_from_db()
    assert (sweep.state, sweep.trained_epochs, sweep.trials.count()) == ("finished", 40, 10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_a_budget_of_epochs_is_told_by_those_that_each_trial_trains(settings):
    settings.HONE_SLOTS = 1
    epochs = {"epochs": {"kind": "options", "options": [10, 11]}}
    begun(
        spec=a_spec(batch_size=8, epochs=2), space={"dimensions": {**epochs, **RATES}}, trials=50, epochs=40
    )
    assert crews() == [4]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_finalists_train_together_also_when_the_budget_of_epochs_is_used_up(settings):
    settings.HONE_SLOTS = 1
    sweep = begun(trials=100, epochs=16, finalists=3, seeds=2)
    train(take(), Desk())
    again = list(iter(take, None))
    assert [len(cohort.crew) for cohort in again] == [3, 3]
    assert all(trial.repeats_id for cohort in again for trial in cohort.crew)
    sweep.refresh_from_db()
    assert sweep.trained_epochs == 16


def crews() -> list[int]:
    """How many trials train together in the cohorts that workers take one after the other."""
    return [len(cohort.crew) for cohort in iter(take, None)]

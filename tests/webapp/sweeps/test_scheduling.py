"""How the trials of a sweep are shared out among slots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.runs.factories import a_spec
from tests.webapp.sweeps.sweeping import begun
from webapp.sweeps import planning
from webapp.sweeps.admission import Admission
from webapp.sweeps.scheduling import even_share, take

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
    assert [len(cohort.crew) for cohort in iter(take, None)] == sizes


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
@pytest.mark.parametrize("first", [4, 5, 8, 100])
def test_cohorts_do_not_depend_on_how_many_trials_are_suggested_at_once(settings, monkeypatch, first):
    settings.HONE_SLOTS = 2
    monkeypatch.setattr(Admission, "most_together", lambda self, spec: 4)
    monkeypatch.setattr(planning, "FIRST", first)
    monkeypatch.setattr(planning, "FEW", 4)
    begun(trials=22)
    assert [len(cohort.crew) for cohort in iter(take, None)] == [4, 4, 4, 4, 4, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_a_strategy_that_learns_is_asked_again_when_no_trial_waits(settings):
    settings.HONE_SLOTS = 2
    sweep = begun(trials=2 * planning.LESSON, strategy={"kind": "tpe"})
    found = []
    while cohort := take():
        found.append((len(cohort.crew), sweep.trials.count()))
    half = planning.LESSON // 2
    assert found == [(half, planning.LESSON), (half, planning.LESSON), (planning.LESSON, 2 * planning.LESSON)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
def test_slots_share_what_a_budget_of_epochs_allows(settings):
    settings.HONE_SLOTS = 2
    begun(spec=a_spec(batch_size=8, epochs=4), trials=500, epochs=40)
    assert [len(take().crew), len(take().crew)] == [5, 5]

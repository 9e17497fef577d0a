"""How the trials of a sweep are shared out among slots."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.sweeps.scheduling import even_share

COUNTS = st.integers(1, 10_000)


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

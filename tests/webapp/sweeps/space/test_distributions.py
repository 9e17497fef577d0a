import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from webapp.sweeps.space import (
    AnyDistribution,
    Distribution,
    Integers,
    Interval,
    LogUniform,
    OneMinusLog,
    Options,
    PowersOfTwo,
    Uniform,
)

PLACES = st.floats(0, 1, exclude_max=True)
POSITIVE = st.floats(1e-12, 1e6)
BELOW_ONE = st.integers(0, 99_999).map(lambda n: n / 100_000)


def _two(ends: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    return st.tuples(ends, ends).filter(lambda pair: pair[0] < pair[1] * (1 - 1e-6)).map(sorted)


def _between(kind: type[Distribution], ends: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _two(ends).map(lambda pair: kind(low=pair[0], high=pair[1]))


INTERVALS = st.one_of(
    _between(Uniform, POSITIVE), _between(LogUniform, POSITIVE), _between(OneMinusLog, BELOW_ONE)
)
COUNTABLE = st.one_of(
    _between(Integers, st.integers(0, 10_000)),
    _two(st.integers(1, 10_000)).map(lambda pair: Integers(low=pair[0], high=pair[1], log=True)),
    _two(st.integers(0, 30)).map(lambda pair: PowersOfTwo(low=1 << pair[0], high=1 << pair[1])),
    st.lists(st.text(max_size=5), min_size=2, max_size=9, unique=True).map(
        lambda texts: Options(options=tuple(texts))
    ),
)
ANY = st.one_of(INTERVALS, COUNTABLE)


def _refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AnyDistribution).validate_python(fields)
    return caught.value.errors()[0]["msg"]


@given(INTERVALS, PLACES)
def test_a_place_on_a_continuum_leads_to_a_value_and_back(known: Interval, place):
    # As exactly as the value itself can tell places apart
    blur = 1e-9 + 1e-15 / abs(known.to_scale(known.high) - known.to_scale(known.low))
    if isinstance(known, OneMinusLog):
        blur += 1e-15 / (1 - known.high)
    elif isinstance(known, Uniform):
        blur += 1e-15 * known.high / (known.high - known.low)
    assert known.place(known.at(place)) == pytest.approx(place, abs=100 * blur)


@given(ANY, PLACES)
def test_a_value_is_one_of_the_distribution_and_leads_to_itself(known: Distribution, place):
    value = known.at(place)
    assert known.holds(value)
    again = known.at(min(max(known.place(value), 0), np.nextafter(1, 0)))
    assert again == (value if known.size is not None else pytest.approx(value, rel=1e-6))


@given(ANY, PLACES)
def test_values_go_through_json_unchanged(known: Distribution, place):
    again = TypeAdapter(AnyDistribution).validate_json(known.model_dump_json())
    assert again == known
    assert again.at(place) == known.at(place)


@given(COUNTABLE)
def test_every_value_of_a_countable_one_has_a_share_of_its_own(known: Distribution):
    if known.size is not None and known.size <= 200:
        values = {known.at(place) for place in np.linspace(0, np.nextafter(1, 0), 40 * known.size)}
        assert len(values) == known.size or (isinstance(known, Integers) and known.log)


@given(ANY, st.integers(2, 12))
def test_a_grid_has_both_ends_in_order_and_nothing_twice(known: Distribution, steps):
    grid = known.grid(steps)
    assert len(set(grid)) == len(grid)
    assert all(known.holds(value) for value in grid)
    if isinstance(known, Options):
        assert tuple(grid) == known.options
    else:
        assert (grid[0], grid[-1]) == (known.low, known.high)
        assert grid == sorted(grid)
        assert len(grid) <= steps


@given(INTERVALS)
def test_a_grid_of_one_step_is_the_middle(known: Interval):
    assert known.grid(1) == [known.at(0.5)]


@given(ANY, st.lists(PLACES, min_size=1, max_size=6))
def test_narrowed_spans_the_values_and_never_more_than_before(known: Distribution, places):
    values = [known.at(place) for place in places]
    narrow = known.narrowed(values)
    assert type(narrow) is type(known)
    assert all(narrow.holds(value) for value in values)
    assert all(known.holds(value) for value in narrow.grid(3))
    if len(set(values)) > 1:
        low, high = (min(values), max(values)) if not isinstance(known, Options) else (None, None)
        assert (
            narrow.options == tuple(o for o in known.options if o in values)
            if low is None
            else ((narrow.low, narrow.high) == (low, high))
        )
    else:
        assert narrow == known


@given(ANY, st.sampled_from([(0.5, 0), (0, 0.5), (0.2, 0.2)]))
def test_stretched_reaches_further_on_the_side_that_is_asked_for(known: Distribution, by):
    below, above = by
    try:
        wide = known.stretched(below, above)
    except ValueError:
        return
    if isinstance(known, Options):
        assert wide == known
    else:
        assert wide.low < known.low if below else wide.low == known.low
        assert wide.high > known.high if above else wide.high == known.high


@pytest.mark.parametrize(
    ("known", "place", "value"),
    [
        (Uniform(low=0.5, high=1), 0.5, 0.75),
        (LogUniform(low=1e-4, high=1), 0.25, 1e-3),
        (LogUniform(low=1e-4, high=1), 0.75, 1e-1),
        (OneMinusLog(low=0.9, high=0.999), 0.5, 0.99),
        (OneMinusLog(low=0, high=0.99), 0.5, 0.9),
        (Integers(low=1, high=3), 0.34, 2),
        (Integers(low=1, high=3), 0.33, 1),
        (PowersOfTwo(low=16, high=128), 0.5, 64),
        (Options(options=("relu", "tanh")), 0.49, "relu"),
        (Options(options=(True, None)), 0.5, None),
    ],
)
def test_values_are_spread_on_the_scale_that_the_name_says(known, place, value):
    assert known.at(place) == (pytest.approx(value) if isinstance(value, float) else value)


def test_ends_that_the_scale_cannot_tell_apart_are_no_error():
    known = OneMinusLog(low=0, high=1e-30)
    assert known.holds(known.at(0.3))
    assert known.place(0) == 0.5


def test_whole_numbers_on_a_logarithmic_scale_are_as_likely_between_4_and_16_as_between_16_and_64():
    known = Integers(low=1, high=256, log=True)
    values = np.array([known.at(place) for place in np.linspace(0, 0.9999, 4000)])
    lower, upper = ((values >= 4) & (values < 16)).mean(), ((values >= 16) & (values < 64)).mean()
    assert lower == pytest.approx(upper, abs=0.02)


@pytest.mark.parametrize("kind", ["uniform", "log", "one_minus_log", "integers", "powers_of_two"])
@pytest.mark.parametrize("swap", [False, True])
def test_an_empty_or_inverted_range_says_how_to_mend_it(kind, swap):
    low, high = {"one_minus_log": (0.9, 0.99)}.get(kind, (2, 4))
    ends = {"low": high, "high": low} if swap else {"low": low, "high": low}
    message = _refusal(kind=kind, **ends)
    assert f"The range from {ends['low']:g} to {ends['high']:g} is empty" in message
    assert "give a lower end that is smaller" in message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "log", "low": 0, "high": 1}, "A logarithmic range cannot begin at 0"),
        ({"kind": "log", "low": -1, "high": 1}, "A logarithmic range cannot begin at -1"),
        ({"kind": "one_minus_log", "low": 0.9, "high": 1}, "lies between 0 and 1, without 1"),
        ({"kind": "one_minus_log", "low": -1, "high": 0.5}, "lies between 0 and 1, without 1"),
        ({"kind": "integers", "low": 0, "high": 9, "log": True}, "begins at 1 or above"),
        ({"kind": "integers", "low": -1, "high": 9}, "greater than or equal to 0"),
        ({"kind": "integers", "low": 1.5, "high": 9}, "valid integer"),
        ({"kind": "powers_of_two", "low": 16, "high": 100}, "100 is no power of two: give 64 or 128."),
        ({"kind": "powers_of_two", "low": 0, "high": 16}, "greater than or equal to 1"),
        ({"kind": "options", "options": ["relu"]}, "Give at least two options, each of them once."),
        ({"kind": "options", "options": []}, "Give at least two options, each of them once."),
        ({"kind": "options", "options": ["a", "b", "a"]}, "Give at least two options, each of them once."),
        ({"kind": "options", "options": list(range(65))}, "at most 64 items"),
        ({"kind": "uniform", "low": 0, "high": math.inf}, "finite number"),
        ({"kind": "uniform", "low": "a", "high": 1}, "valid number"),
        ({"kind": "uniform", "low": 0}, "Field required"),
        ({"kind": "gaussian", "low": 0, "high": 1}, "does not match any of the expected tags"),
        ({"low": 0, "high": 1}, "Unable to extract tag"),
    ],
)
def test_a_distribution_that_cannot_be_is_refused(fields, words):
    assert words in _refusal(**fields)


@pytest.mark.parametrize(
    ("known", "values"),
    [
        (Uniform(low=0, high=1), [1.1, -0.1, "a", None, True]),
        (Integers(low=1, high=9), [0, 10, 2.5, "3", True, None]),
        (PowersOfTwo(low=16, high=64), [8, 128, 48, "16", None]),
        (Options(options=("relu", "tanh")), ["elu", 1, None]),
    ],
)
def test_other_values_are_not_held(known, values):
    assert not any(known.holds(value) for value in values)


@pytest.mark.parametrize(
    ("known", "below", "above", "ends"),
    [
        (LogUniform(low=1e-3, high=1e-1), 0.5, 0, (1e-4, 1e-1)),
        (OneMinusLog(low=0.9, high=0.999), 0, 0.5, (0.9, 0.9999)),
        (PowersOfTwo(low=16, high=128), 0.25, 0.5, (8, 512)),
        (Integers(low=1, high=4), 0, 0.5, (1, 6)),
    ],
)
def test_stretching_goes_on_along_the_scale(known, below, above, ends):
    wide = known.stretched(below, above)
    assert (wide.low, wide.high) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("known", "below"),
    [(PowersOfTwo(low=1, high=8), 0.5), (Integers(low=0, high=8), 0.5), (OneMinusLog(low=0, high=0.9), 0.5)],
)
def test_stretching_beyond_the_end_of_the_scale_is_refused(known, below):
    with pytest.raises(ValueError, match=r".+"):
        known.stretched(below, 0)

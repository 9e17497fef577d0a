import re

import pytest

from webapp.runs.forms.numbers import parse, rough, same, write
from webapp.runs.forms.schema import Number

RATE = Number("Learning rate", "", 0.001, above=0, most=10)
UNITS = Number("Units", "", 32, whole=True, least=1, most=65536)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.001", 0.001),
        ("1e-3", 0.001),
        (" .5 ", 0.5),
        ("5.", 5.0),
        ("+2", 2.0),
        ("-1", -1.0),
        ("1E2", 100.0),
    ],
)
def test_decimals_and_powers_of_ten_are_read(text, value):
    assert parse(text, RATE) == value


@pytest.mark.parametrize(("text", "value"), [("64", 64), ("1e3", 1000), ("64.0", 64), ("-3", -3), ("0", 0)])
def test_a_whole_number_may_be_written_in_any_way(text, value):
    assert parse(text, UNITS) == value
    assert isinstance(parse(text, UNITS), int)


def test_a_large_seed_keeps_every_digit():
    assert parse("9007199254740991", UNITS) == 2**53 - 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This is empty: give a number above 0 up to 10, such as 0.001."),
        ("abc", "“abc” is not a number: give a number above 0 up to 10, such as 0.001."),
        ("0,001", "Write decimals with a point: 0.001 instead of 0,001."),
        ("nan", "“nan” is not a number"),
        ("inf", "“inf” is not a number"),
        ("1e400", "1e400 is too large: give a number above 0 up to 10"),
        ("-1e400", "-1e400 is too small"),
        ("1e9999999", "is not a number"),
        ("٣", "“٣” is not a number"),
        ("1_000", "is not a number"),
        ("0x10", "is not a number"),
        ("1,000,000", "is not a number"),
        ("9" * 5000, "9… is too large"),
    ],
)
def test_what_is_no_number_is_refused_in_plain_words(text, words):
    with pytest.raises(ValueError, match=re.escape(words)) as refusal:
        parse(text, RATE)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("text", ["12.5", "1e-400", "0.1e-20"])
def test_a_fraction_is_refused_where_a_whole_number_is_wanted(text):
    with pytest.raises(ValueError, match="is not a whole number: give a whole number from 1 to 65,536"):
        parse(text, UNITS)


@pytest.mark.parametrize(
    ("value", "text"), [(0.001, "0.001"), (1e-8, "1e-8"), (64, "64"), (1.0, "1"), (0.95, "0.95")]
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert write(value) == text
    assert float(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [(1.00000003e-5, "1e-5"), (10**-3.5, "0.000316228"), (0.3, "0.3"), (2.0, "2")]
)
def test_for_a_glance_six_digits_are_enough(value, text):
    assert rough(value) == text


def test_two_ways_to_write_a_number_are_the_same():
    assert same("1e-3", "0.001")
    assert same(" 64", "64.0")
    assert not same("0.001", "0.01")
    assert not same("relu", "tanh")

"""Dates written as text."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.datasets.columns import dates
from webapp.datasets.columns.profile import describe

NOON = datetime(2024, 1, 31, 12, 5, 9)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2024-01-31", "ymd", datetime(2024, 1, 31)),
        ("2024/1/31", "ymd", datetime(2024, 1, 31)),
        ("31.01.2024", "dmy", datetime(2024, 1, 31)),
        ("31/1/2024", "dmy", datetime(2024, 1, 31)),
        ("01/31/2024", "mdy", datetime(2024, 1, 31)),
        ("2024-01-31 12:05:09", "ymd", NOON),
        ("2024-01-31T12:05:09", "ymd", NOON),
        ("2024-01-31T12:05:09.250", "ymd", NOON + timedelta(milliseconds=250)),
        ("2024-01-31T12:05:09Z", "ymd", NOON),
        ("2024-01-31T14:05:09+02:00", "ymd", NOON),
        ("31.01.2024 12:05", "dmy", NOON.replace(second=0)),
        ("01/31/2024 3:15 PM", "mdy", datetime(2024, 1, 31, 15, 15)),
        ("01/31/2024 12:05:09am", "mdy", datetime(2024, 1, 31, 0, 5, 9)),
        ("2024-01-31 24:00", "ymd", None),
        ("2024-01/31", "ymd", None),
        ("2024-01-31 noon", "ymd", None),
        ("2024-02-30", "ymd", None),
        ("31.01.24", "dmy", None),
        ("0000-01-31", "ymd", None),
        ("12:30", "ymd", None),
        ("1.5", "dmy", None),
        ("", "ymd", None),
    ],
)
def test_a_date_is_read(text: str, order: dates.Order, moment: datetime | None) -> None:
    assert dates.parse(pl.Series("a", [text, None]), order).to_list() == [moment, None]


def test_a_column_may_mix_days_and_times() -> None:
    found = dates.parse(pl.Series("a", ["2024-01-31", "2024-01-31 12:05:09", "2024-01-31T12:05:09Z"]), "ymd")
    assert found.to_list() == [datetime(2024, 1, 31), NOON, NOON]


@pytest.mark.parametrize(
    ("texts", "order", "ambiguous"),
    [
        (["03/04/2024", "13/04/2024"], "dmy", False),
        (["03/04/2024", "04/13/2024"], "mdy", False),
        (["03/04/2024", "04/05/2024"], "mdy", True),
        (["03.04.2024", "04.05.2024"], "dmy", True),
        (["2024-04-03"], "ymd", False),
    ],
)
def test_whether_the_day_leads_is_decided_over_the_whole_column(
    texts: list[str], order: str, ambiguous: bool
) -> None:
    facts = describe(pl.Series("a", [*texts, None]))
    assert (facts["kind"], facts["order"], facts["ambiguous"]) == ("date", order, ambiguous)


def test_one_late_day_beyond_the_twelfth_decides() -> None:
    texts = ["03/04/2024"] * 5000 + ["13/04/2024"]
    assert describe(pl.Series("a", texts))["order"] == "dmy"


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)), min_size=1, max_size=20), st.data()
)
def test_what_was_written_is_read_again(moments: list[datetime], data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(dates.ORDERS))
    date = dates.FIELDS[order].format(data.draw(st.sampled_from("-/.")))
    offset = data.draw(st.sampled_from([0, 90, -60]))
    written = [moment.replace(microsecond=0) for moment in moments]
    zone = timezone(timedelta(minutes=offset))
    texts = [
        moment.replace(tzinfo=UTC).astimezone(zone).strftime(f"{date} %H:%M:%S%z")
        for moment in written
        if moment.year > 1000
    ]
    found = dates.parse(pl.Series("a", texts, dtype=pl.String), order)
    assert found.to_list() == [moment for moment in written if moment.year > 1000]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(alphabet="0123456789-/.:TZ +apm", max_size=20), max_size=10),
    st.sampled_from(dates.ORDERS),
)
def test_any_text_is_a_date_or_none(texts: list[str], order: dates.Order) -> None:
    found = dates.parse(pl.Series("a", texts, dtype=pl.String), order)
    assert len(found) == len(texts)
    assert all(moment is None or 1000 <= moment.year <= 9999 for moment in found.to_list())

"""What the environment may say."""

import pytest

from webapp.settings import listed


@pytest.mark.parametrize("value", ["a.org,b.org", " a.org , b.org ", "a.org,,b.org,"])
def test_a_list_may_be_written_with_blanks(monkeypatch, value):
    monkeypatch.setenv("HONE_TEST_LIST", value)
    assert listed("HONE_TEST_LIST") == ["a.org", "b.org"]


def test_a_list_that_is_not_set_is_the_default(monkeypatch):
    monkeypatch.delenv("HONE_TEST_LIST", raising=False)
    assert listed("HONE_TEST_LIST", "localhost") == ["localhost"]
    assert listed("HONE_TEST_LIST") == []

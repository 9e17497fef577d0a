"""What the environment may say."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.settings import kept_secret, listed


@pytest.mark.parametrize("value", ["a.org,b.org", " a.org , b.org ", "a.org,,b.org,"])
def test_a_list_may_be_written_with_blanks(monkeypatch, value):
    monkeypatch.setenv("HONE_TEST_LIST", value)
    assert listed("HONE_TEST_LIST") == ["a.org", "b.org"]


def test_a_list_that_is_not_set_is_the_default(monkeypatch):
    monkeypatch.delenv("HONE_TEST_LIST", raising=False)
    assert listed("HONE_TEST_LIST", "localhost") == ["localhost"]
    assert listed("HONE_TEST_LIST") == []


def test_the_secret_is_made_once_whole_and_for_its_owner_only(tmp_path):
    path = tmp_path / "home" / "secret_key"
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(kept_secret, [path] * 8))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 48
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]

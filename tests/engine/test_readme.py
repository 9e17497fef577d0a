"""The tour in engine/README.md is true."""

import doctest
from pathlib import Path

import engine

README = Path(engine.__file__).with_name("README.md")


def test_every_example_of_the_tour_runs_as_printed():
    result = doctest.testfile(str(README), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 20
    assert result.failed == 0


def test_the_tour_names_every_file():
    text = README.read_text(encoding="utf-8")
    missing = [path.name for path in README.parent.glob("[a-z]*.py") if f"`{path.name}`" not in text]
    assert missing in ([], ["choices.py"])

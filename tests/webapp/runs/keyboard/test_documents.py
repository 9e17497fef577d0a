import json

import pytest
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.runs.forms.merging import merged
from webapp.runs.keyboard.documents import MAX_BYTES, _lines, read

texts = st.text(st.sampled_from('a"\\\n{}[],: é'), max_size=4)
names = texts.filter(bool)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    leaves,
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(names, deeper, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def written(tmp_path):
    """Makes files, by their content."""

    def write(content: str | bytes):
        path = tmp_path / "spec.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def refusal(path: str) -> str:
    with pytest.raises(CommandError) as caught:
        read(path)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_an_object_is_read_with_the_line_of_every_value(written):
    document = read(written('{"seed": 1,\n "layers": [\n  {"units": 4},\n  {"units":\n5}\n]}'))
    assert document.content == {"seed": 1, "layers": [{"units": 4}, {"units": 5}]}
    assert document.lines == {
        "seed": 1,
        "layers": 2,
        "layers.0": 3,
        "layers.0.units": 3,
        "layers.1": 4,
        "layers.1.units": 4,
    }


@settings(max_examples=40)
@given(st.dictionaries(names, values, max_size=4))
def test_every_value_of_any_object_has_a_line(content):
    def paths(value, path=""):
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for name, part in inner:
            below = f"{path}.{name}" if path else str(name)
            yield below
            yield from paths(part, below)

    found = _lines("any.json", json.dumps(content, indent=1))
    assert sorted(found) == sorted(paths(content))
    assert list(found.values()) == sorted(found.values())


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert (
        refusal(f"{tmp_path}/none.json")
        == f"There is no file {tmp_path}/none.json. Give the path of a JSON file."
    )
    assert refusal(str(tmp_path)).startswith(f"{tmp_path} cannot be read")


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ('{"seed": 1,\n}', "line 2, column 1", "no comma behind the last one"),
        ('{"seed": 1,\n "l2" 3}', "line 2, column 7", "stands a colon"),
        ('{"seed": 1\n "l2": 3}', "line 2, column 2", "a comma or a closing bracket is missing"),
        ("{'seed': 1}", "line 1, column 2", "in double quotes"),
        ('{"seed": one}', "line 1, column 10", "text without double quotes"),
        ('{"seed": 1}}', "line 1, column 12", "goes on behind its end"),
        ('{"a": "b}', "line 1, column 7", "closing quote"),
        ('{"a": "b\n"}', "line 1, column 9", "closing quote"),
        ("", "line 1, column 1", "a value is missing"),
    ],
)
def test_what_is_not_json_is_told_with_line_column_and_advice(written, text, place, advice):
    said = refusal(written(text))
    assert f"spec.json, {place}: This is not valid JSON" in said
    assert advice in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1]", "It holds a list; expected an object"),
        ('"adam"', "It holds a text"),
        ("3", "It holds a single value"),
        (b'{"a": "\xff"}', "Byte 7 is not UTF-8: save the file as UTF-8."),
        ('{"a":' + "[" * 100_000, "nested too deeply"),
        ("{}" + " " * MAX_BYTES, "more than 1 MB"),
        ('{"l2": 1,\n\n"l2": 2}', "line 3: l2 was given on line 1 already: keep one of the two."),
    ],
)
def test_other_files_are_refused_with_the_reason(written, content, said):
    assert said in refusal(written(content))


def test_a_problem_is_told_with_the_line_of_what_is_wrong_or_of_what_lacks_it(written):
    path = written('{"spec": {"seed": 0,\n "optimizer": {}}}')
    document = read(path)
    said = str(
        document.refusal(
            {"optimizer.kind": "Its kind is missing.", "epochs": "Too few.", "": "All is wrong."},
            lambda place: (f"spec.{place}",) if place else (place,),
            options=["epochs"],
        )
    )
    assert said.split("\n") == [
        f"{path}, line 2: spec.optimizer.kind: Its kind is missing.",
        "--epochs: Too few.",
        f"{path}: All is wrong.",
    ]


def test_constants_of_the_same_choice_are_merged_and_another_choice_replaces():
    base = {"optimizer": {"kind": "adam", "beta1": 0.9, "beta2": 0.999}, "seed": 0, "layers": [{"units": 4}]}
    assert merged(base, {"optimizer": {"beta1": 0.8}})["optimizer"] == base["optimizer"] | {"beta1": 0.8}
    assert merged(base, {"optimizer": {"kind": "momentum"}})["optimizer"] == {"kind": "momentum"}
    assert merged(base, {"optimizer": "momentum", "layers": []}) == base | {
        "optimizer": "momentum",
        "layers": [],
    }

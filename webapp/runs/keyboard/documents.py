"""JSON files that people write: read strictly, and every problem told with its line and its place."""

from __future__ import annotations

import json
import re
from bisect import bisect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import CommandError

from webapp.runs.keyboard import refused

MAX_BYTES = 1 << 20
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
NEIGHBOURS = {
    "Expecting property name": "a name in double quotes stands here, and no comma behind the last one",
    "Expecting value": "a value is missing here, or text without double quotes",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing before this place",
    "Expecting ':' delimiter": "between a name and its value stands a colon",
    "Extra data": "the file goes on behind its end: put all of it into one pair of braces",
    "Invalid control character": "a text ends on the line on which it begins: is its closing quote there?",
    "Unterminated string": "the closing quote of this text is missing",
}

#: Other ways in which a file may spell a path.
Spellings = Callable[[str], Sequence[str]]


class Document(NamedTuple):
    """A file with one JSON object, and the line of each value in it by its path."""

    name: str
    content: dict[str, Any]
    lines: Mapping[str, int]

    def refusal(
        self,
        problems: Mapping[str, str],
        spellings: Spellings = lambda path: (path,),
        options: Collection[str] = (),
    ) -> CommandError:
        """All problems, one a line, each with its place in the file; `options` did not come from there."""
        return refused(
            "\n".join(
                f"--{path}: {text}" if path in options else self.told(path, text, spellings(path))
                for path, text in problems.items()
            )
        )

    def told(self, path: str, text: str, spellings: Sequence[str]) -> str:
        """A problem with the line of what is wrong, or of what it is missing in, where the file has any."""
        best = max(spellings, key=lambda spelling: len(self._known(spelling)))
        line = self.lines.get(self._known(best)) if self._known(best) else None
        place = f"{self.name}, line {line}" if line else self.name
        written = best if self._known(best) else path
        return f"{place}: {written}: {text}" if written else f"{place}: {text}"

    def _known(self, path: str) -> str:
        """The longest beginning of a path that is in the file."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return path


def read(path: str) -> Document:
    """The JSON object in a file. Raises CommandError with line, column and advice where there is none."""
    text = _text(Path(path))
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        hint = next((hint for start, hint in NEIGHBOURS.items() if error.msg.startswith(start)), error.msg)
        place = f"{path}, line {error.lineno}, column {error.colno}"
        raise refused(f"{place}: This is not valid JSON: {hint}.") from None
    except RecursionError:
        raise refused(f"{path}: It is nested too deeply to be a configuration.") from None
    if not isinstance(content, dict):
        kind = {list: "a list", str: "a text"}.get(type(content), "a single value")
        raise refused(f"{path}: It holds {kind}; expected an object: begin with {{ and end with }}.")
    return Document(path, content, _lines(path, text))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise refused(f"{path}: It has more than {MAX_BYTES >> 20} MB, and a configuration has a few kB.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise refused(f"There is no file {path}. Give the path of a JSON file.") from None
    except UnicodeDecodeError as error:
        raise refused(f"{path}: Byte {error.start:,} is not UTF-8: save the file as UTF-8.") from None
    except OSError as error:
        raise refused(f"{path} cannot be read: {error.strerror}.") from None


def _lines(name: str, text: str) -> dict[str, int]:
    """The line of each name in a valid JSON text, by its path; refuses one that is given twice."""
    breaks = [found.start() for found in re.finditer("\n", text)]
    found: dict[str, int] = {}
    tokens = TOKEN.finditer(text)
    for path, start in _names(next(tokens)[0], tokens, ""):
        line = 1 + bisect(breaks, start)
        if path in found:
            raise refused(
                f"{name}, line {line}: {path} was given on line {found[path]} already: keep one of the two."
            )
        found[path] = line
    return found


def _names(first: str, tokens: Iterator[re.Match[str]], path: str) -> Iterator[tuple[str, int]]:
    """Paths and where they begin, in the value that begins with the token `first`."""
    number = 0
    if first not in "{[":
        return
    for token in tokens:
        if token[0] in "}]":
            return
        if token[0] == ",":
            continue
        name, value = (json.loads(token[0]), "") if first == "{" else (str(number), token[0])
        inner = f"{path}.{name}" if path else name
        yield inner, token.start()
        if not value:
            next(tokens)  # the colon
            value = next(tokens)[0]
        number += 1
        yield from _names(value, tokens, inner)

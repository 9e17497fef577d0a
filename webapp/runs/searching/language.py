"""What a query consists of: plain words, phrases, and comparisons of a name with values."""

import re
from dataclasses import dataclass

LONGEST = 1_000
MOST_WORDS = 40
WORD = re.compile(
    r"""(?P<minus>-?)(?:
        "(?P<phrase>[^"]*)"
      | (?P<name>[A-Za-z_][\w.]*)(?P<op><=|>=|!=|[<>=:])(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*))
      | (?P<plain>[^\s"]+)
    )(?=\s|$)""",
    re.VERBOSE,
)


class SearchError(ValueError):
    """A query that cannot be understood: at which word, why, and what is possible there."""

    def __init__(self, message: str, word: str = "", number: int = 0, possible: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.word, self.number, self.possible = message, word, number, possible

    def at(self, word: "Word") -> "SearchError":
        """The same, told of a word."""
        return SearchError(self.message, word.text, word.number, self.possible)


@dataclass(frozen=True)
class Word:
    """One word of a query, the `number`th: a text, or a comparison when it has a name."""

    text: str
    number: int
    negated: bool = False
    value: str = ""
    name: str = ""
    op: str = ""
    is_phrase: bool = False

    @property
    def values(self) -> list[str]:
        """What stands between the commas; a quoted value is one."""
        if self.is_phrase:
            return [self.value]
        return [value.strip() for value in self.value.split(",") if value.strip()]


def read(query: str) -> list[Word]:
    """The words of `query`, in order. Raises SearchError."""
    if len(query) > LONGEST:
        raise SearchError(f"This is too long: {LONGEST:,} characters are read, and these are {len(query):,}.")
    words: list[Word] = []
    place = 0
    while (place := _after_blanks(query, place)) < len(query):
        found = WORD.match(query, place)
        number = len(words) + 1
        if found is None:
            raise _unreadable(query[place:], number)
        if number > MOST_WORDS:
            raise SearchError(f"These are too many words: {MOST_WORDS} are read.", found[0], number)
        words.append(_word(found, number))
        place = found.end()
    return words


def _after_blanks(query: str, place: int) -> int:
    while place < len(query) and query[place].isspace():
        place += 1
    return place


def _word(found: re.Match[str], number: int) -> Word:
    text, negated = found[0], bool(found["minus"])
    if found["name"]:
        value = found["value"] if found["quoted"] is None else found["quoted"]
        if not value.strip(", "):
            raise SearchError(f"“{found['name']}” is compared with nothing: write a value.", text, number)
        is_phrase = found["quoted"] is not None
        return Word(text, number, negated, value, found["name"].lower(), found["op"], is_phrase)
    if found["phrase"] is not None:
        return Word(text, number, negated, found["phrase"], is_phrase=True)
    if found["plain"][0] in "<>=":
        raise SearchError(
            f"Before “{found['plain']}” a name is missing, as in “lr{found['plain']}”.", text, number
        )
    return Word(text, number, negated, found["plain"])


def _unreadable(rest: str, number: int) -> SearchError:
    word = rest.split()[0]
    if rest.count('"') % 2:
        return SearchError("A quotation mark is opened and not closed.", word, number)
    return SearchError("Quotation marks belong around a whole word or value.", word, number)

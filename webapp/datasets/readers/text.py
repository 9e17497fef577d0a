"""Text in any common encoding becomes UTF-8, a piece at a time."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from webapp.datasets.refusal import Refusal

PIECE = 1 << 22
PART = 1 << 19
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NotUtf8Error(Exception):
    """Bytes that are not UTF-8 beyond the head from which the encoding was guessed."""


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows-1252 leaves undefined, as Latin-1 reads them."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("hone.latin-1", _as_latin_1)


def detect_encoding(head: bytes) -> str:
    """The codec of a file that begins with `head`: by its mark, its NUL bytes, or whether it is UTF-8.

    Windows-1252 (Latin-1 with printable characters for 0x80 to 0x9f) is what remains.
    """
    for mark, codec in BOMS:
        if head.startswith(mark):
            return codec
    if b"\0" in head:
        return _utf_16_without_mark(head)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _utf_16_without_mark(head: bytes) -> str:
    """In UTF-16 digits and separators have a NUL on one side, and only there."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = len(head) / 10
    if odd > enough and even <= odd / 50:
        return "utf-16-le"
    if even > enough and odd <= even / 50:
        return "utf-16-be"
    return "utf-8"


def decode(path: Path, encoding: str, limit: int | None = None) -> Iterator[str]:
    """The text of `path` in pieces; `limit` bytes of it at most, then without a half character at the end.

    Raises Refusal where the bytes are not of `encoding`.
    """
    decoder = codecs.getincrementaldecoder(encoding)("hone.latin-1" if encoding == "cp1252" else "strict")
    with path.open("rb") as file:
        left = path.stat().st_size if limit is None else limit
        try:
            while piece := file.read(min(PIECE, left)):
                left -= len(piece)
                yield decoder.decode(piece)
            if limit is None:
                yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise Refusal(
                f"This file begins as {encoding.upper()} text, but some of it is not ({error.reason}).",
                "It may be cut short or damaged: export it again, as UTF-8 if you can choose.",
            ) from error


def write_utf8(path: Path, destination: Path, encoding: str, limit: int | None = None) -> None:
    """Copy the text of `path` to `destination` as UTF-8 with line feeds for line ends."""
    after_return = False
    with destination.open("w", encoding="utf-8", newline="") as file:
        for piece in decode(path, encoding, limit):
            if after_return and piece.startswith("\n"):
                piece = piece[1:]
            after_return = piece.endswith("\r") or (after_return and not piece)
            file.write(piece.replace("\r\n", "\n").replace("\r", "\n"))


def utf8_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of `path` in blocks.

    Raises NotUtf8Error at the first byte that is not UTF-8, Refusal at a NUL byte.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, lines = 0, 0
    with path.open("rb") as file:
        while block := file.read(PIECE):
            if b"\0" in block:
                _refuse_nul(block, offset, lines)
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise NotUtf8Error from error
            yield block
            offset += len(block)
            lines += block.count(b"\n")


def is_clean(path: Path) -> bool:
    """Whether `path` is ASCII without quotes and NUL bytes, in lines of far less than a megabyte."""
    with path.open("rb") as file:
        while block := file.read(PART):
            is_long = len(block) == PART and b"\n" not in block
            if is_long or not block.isascii() or b"\0" in block or b'"' in block:
                return False
    return True


def _refuse_nul(block: bytes, offset: int, lines: int) -> None:
    at = block.index(b"\0")
    row = lines + block.count(b"\n", 0, at) + 1
    raise Refusal(
        f"There is a NUL byte in row {row} (byte {offset + at:,} of the file): this is not clean text.",
        "The file may be damaged or binary: export it again as CSV.",
        row=row,
    )

"""What a file is by its first bytes, whatever it is called."""

from webapp.datasets.readers.zipped import first_name
from webapp.datasets.refusal import Refusal

UNPACK = "Unpack it and upload the table inside."
EXPORT = "Save or export the table as CSV and upload that."
PICTURE = "Put pictures into a folder for each class, pack these folders as one zip, and upload that."

# first bytes, what that is, how to mend it
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n", "a PNG picture", PICTURE),
    (b"\xff\xd8\xff", "a JPEG picture", PICTURE),
    (b"GIF8", "a GIF picture", PICTURE),
    (b"BM\x00\x00", "a BMP picture", PICTURE),
    (b"RIFF", "a RIFF file (WebP, WAV or AVI)", PICTURE),
    (b"%PDF-", "a PDF document", "Export the table behind it as CSV and upload that."),
    (b"\x1f\x8b", "compressed with gzip twice", UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.xls or .doc)", EXPORT),
    (b"FEA1", "a Feather file of version 1", "Write it again in version 2, or as Parquet."),
    (b"\x80\x03", "a Python pickle, which is never loaded", EXPORT),
    (b"\x80\x04\x95", "a Python pickle, which is never loaded", EXPORT),
    (b"\x80\x05\x95", "a Python pickle, which is never loaded", EXPORT),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"\x89HDF\r\n", "an HDF5 file", EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", EXPORT),
    (b"\x7fELF", "a program", EXPORT),
    (b"MZ\x90", "a program", EXPORT),
)
WEB_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<svg")


def refuse_foreign(head: bytes) -> None:
    """Raise Refusal when `head`, a file's first bytes, belongs to something that is not text."""
    for signature, kind, advice in SIGNATURES:
        if head.startswith(signature):
            raise Refusal(f"This file is {kind}, whatever its name says.", advice)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(WEB_PAGE):
        raise Refusal(
            "This file is a web page (HTML or XML), not data.",
            "The address you downloaded it from shows the table in a page: use its download or raw link.",
        )


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins with `head` is an Office document: a zip with one of these names first."""
    name = first_name(head)
    if name.startswith("xl/") and not name.endswith((".xml", ".rels", "/")):
        return False  # pictures of the size XL, say
    return name.startswith(("[Content_Types].xml", "_rels/", "xl/", "docProps/", "customXml/"))


def is_arrays(head: bytes) -> bool:
    """Whether a file that begins with `head` is NumPy's zip of arrays (.npz)."""
    return first_name(head).endswith(".npy") and "/" not in first_name(head)

"""Archives and pictures that tests make, honest ones and others."""

import io
import tarfile
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image

Files = Mapping[str, bytes | str]


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name) if name.endswith("/") else name, content)
    return buffer.getvalue()


def tarred(files: Files, mode: str = "w", format: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of these names and contents; `mode` says how it is compressed (w, w:gz, w:bz2, w:xz)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
        for name, content in files.items():
            add(archive, tarfile.TarInfo(name), content)
    return buffer.getvalue()


def add(archive: tarfile.TarFile, info: tarfile.TarInfo, content: bytes | str = b"") -> None:
    raw = content.encode() if isinstance(content, str) else content
    info.size = len(raw)
    archive.addfile(info, io.BytesIO(raw))


def picture(pixels: np.ndarray, kind: str = "PNG", mode: str | None = None, **options: object) -> bytes:
    """An encoded picture of these pixels, uint8 (h, w), (h, w, 3) or (h, w, 4)."""
    buffer = io.BytesIO()
    made = Image.fromarray(np.asarray(pixels, np.uint8))
    (made.convert(mode) if mode else made).save(buffer, kind, **options)
    return buffer.getvalue()


def grey(value: int, height: int = 8, width: int = 8) -> bytes:
    """A grey PNG whose pixels all have the same value."""
    return picture(np.full((height, width), value))


def coloured(red: int, green: int, blue: int, side: int = 8) -> bytes:
    """A PNG in one colour."""
    return picture(np.full((side, side, 3), (red, green, blue)))


def classes(n: int = 3) -> dict[str, bytes]:
    """`n` grey pictures of each of two classes; picture i of class c is 100 c + i all over."""
    return {f"{'ab'[c]}/{i}.png": grey(100 * c + i) for c in range(2) for i in range(n)}

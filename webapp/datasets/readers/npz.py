"""NumPy's .npz: several arrays in a zip, found by their names."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from webapp.datasets.readers import arrays, npy, zipped
from webapp.datasets.readers.options import Options
from webapp.datasets.readers.roles import Roles, find_roles
from webapp.datasets.readers.signatures import is_arrays
from webapp.datasets.refusal import Refusal

TITLE = "NumPy arrays"
OPTIONS = ("inputs", "answers")  # the choices of Options that it heeds
HEADER_BYTES = npy.MAX_HEADER + 64


def accepts(head: bytes) -> bool:
    return is_arrays(head)


def refuse_early(head: bytes) -> None:
    """The list of arrays stands at the file's end."""


def inspect(path: Path, work: Path, options: Options) -> tuple[str, ...]:
    with zipped.opened(path) as archive:
        return arrays.names(_parts(archive, work, options)[0])


def read(path: Path, work: Path, options: Options, progress: Callable[[float], None]) -> list[str]:
    with zipped.opened(path) as archive:
        parts, unused = _parts(archive, work, options)
    used = [name for part in parts for name in (part.name, part.answers_name) if name]
    notes = [f"Read from the arrays {', '.join(f'“{name}”' for name in used)}."]
    if unused:
        notes.append(f"Not used: {', '.join(f'“{name[:60]}”' for name in unused[:10])}.")
    return notes + arrays.write(parts, work, options, progress)


def _parts(archive: zipfile.ZipFile, work: Path, options: Options) -> tuple[list[arrays.Part], list[str]]:
    """The arrays to use, and the names of the others."""
    members = {
        info.filename.removesuffix(".npy"): info.filename
        for info in archive.infolist()
        if info.filename.endswith(".npy")
    }
    shapes = {name: _shape(archive, member) for name, member in members.items()}
    roles = find_roles(shapes, options)
    parts = [_load(archive, members, role, work) for role in roles]
    used = {name for role in roles for name in (role.inputs, role.answers)}
    return parts, [name for name in members if name not in used]


def _shape(archive: zipfile.ZipFile, member: str) -> tuple[int, ...] | None:
    """The shape that an array's header tells; none when it cannot be read."""
    with archive.open(member) as file:
        head = io.BytesIO(file.read(HEADER_BYTES))
    try:
        return npy.read_header(head, member).shape
    except Refusal:
        return None


def _load(archive: zipfile.ZipFile, members: dict[str, str], role: Roles, work: Path) -> arrays.Part:
    loaded = []
    for name in (role.inputs, role.answers):
        if name:
            _check_early(archive, members[name], name)
            path = zipped.extract(archive, members[name], work / f"{role.part or 'all'}-{len(loaded)}.npy")
            loaded.append(npy.load(path, name))
    answers = loaded[1] if len(loaded) > 1 else None
    return arrays.Part(role.part, role.inputs, loaded[0], role.answers, answers)


def _check_early(archive: zipfile.ZipFile, member: str, name: str) -> None:
    """Compare an array's header with the size of its member before unpacking it."""
    with archive.open(member) as file:
        head = io.BytesIO(file.read(HEADER_BYTES))
    npy.check(npy.read_header(head, name), archive.getinfo(member).file_size, name)

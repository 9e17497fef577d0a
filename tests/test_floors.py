"""The floors: imports only ever point down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE_MAY = {"numpy", "pydantic", "pydantic_core", "threadpoolctl", "typing_extensions", "safetensors"}


def _imported(path: Path) -> Iterator[str]:
    """Absolute names of the modules a file imports."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *filter(None, [node.module])])


def _breaches(folder: str, allowed) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in _imported(path)
        if not allowed(name)
    ]


def _standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


def _within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_the_engine_stands_on_numpy_and_pydantic_alone():
    assert not _breaches("engine", lambda n: _standard(n) or n.split(".")[0] in ENGINE_MAY | {"engine"})


OURS = ("engine", "webapp", "benchmarks", "tests")
# The Celery application object, and what lists have in common: they import nothing of ours
GROUND = ("webapp.celery", "webapp.csv_file", "webapp.listing")


@pytest.mark.parametrize(
    ("folder", "may"),
    [
        ("webapp/charts", ("webapp.charts",)),
        ("webapp/datasets", ("webapp.datasets", "webapp.charts", "engine", *GROUND)),
        ("webapp/runs", ("webapp.runs", "webapp.datasets", "webapp.charts", "engine", *GROUND)),
        (
            "webapp/sweeps",
            ("webapp.sweeps", "webapp.runs", "webapp.datasets", "webapp.charts", "engine", *GROUND),
        ),
    ],
)
def test_imports_only_point_down(folder, may):
    assert (ROOT / folder).is_dir()
    assert not _breaches(folder, lambda name: not _within(name, *OURS) or _within(name, *may))


# Where charts are drawn, and where it is thought about which trials are next: neither knows a web framework
PURE = ("webapp/charts", "webapp/sweeps/space", "webapp/sweeps/strategies")


@pytest.mark.parametrize("folder", PURE)
@pytest.mark.parametrize("layer", ["django", "channels", "webapp.sweeps.models"])
def test_what_only_thinks_knows_no_web_framework(folder, layer):
    assert not _breaches(folder, lambda name: not _within(name, layer))


def test_a_process_that_suggests_no_trials_does_not_wait_for_what_learns():
    slow = {"optuna", "sklearn", "scipy", "cmaes"}
    code = f"import sys, webapp.sweeps.plan; sys.exit(bool({slow} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0

"""Decoders that end their process on some damaged files run in a process of their own, its memory bounded.

Polars and calamine abort when a damaged file asks for more memory than there is; that must not take the web
server or a worker along. The parent calls `call`; the child runs `main`, which knows no database.
"""

import importlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from webapp.datasets.readers.options import Options
from webapp.datasets.refusal import Refusal

PASSED_ON = ("HONE_MAX_UPLOAD_BYTES", "HONE_MAX_COLUMNS", "HONE_RUN_MEMORY_BYTES")
SECONDS, BYTES_PER_SECOND = 60, 1 << 20  # a decoder that lacks memory may also stand still
BASE = 1 << 30  # the interpreter, the libraries and the stacks of their threads
ROOT = Path(__file__).resolve().parents[3]
# The child does without webapp/__init__.py: making the Celery application is a third of its start
CHILD = """
import json, sys, types
webapp = types.ModuleType("webapp")
webapp.__path__ = ["webapp"]
sys.modules["webapp"] = webapp
from webapp.datasets.readers.isolated import main
main(json.loads(sys.argv[1]))
"""


def call(module: str, function: str, path: Path, work: Path, options: Options) -> Any:
    """The answer, as JSON carries it, of a `function(path, work, options)` of a reader's `module`.

    Raises Refusal, also when the process dies of the file or needs more memory than a run may.
    """
    outcome = work / "outcome.json"
    task = {
        "module": module,
        "function": function,
        "path": str(path),
        "work": str(work),
        "options": options.model_dump(),
        "settings": {name: getattr(settings, name) for name in PASSED_ON},
    }
    outcome.unlink(missing_ok=True)
    seconds = SECONDS + path.stat().st_size / BYTES_PER_SECOND
    command = [sys.executable, "-c", CHILD, json.dumps(task)]
    try:
        subprocess.run(command, cwd=ROOT, capture_output=True, timeout=seconds, check=True)
        answer = json.loads(outcome.read_text())
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        memory = settings.HONE_RUN_MEMORY_BYTES / 2**30
        raise Refusal(
            f"This file cannot be read: it is damaged, or needs more than {memory:g} GB of memory at once.",
            "Write it again, in smaller row groups or with fewer rows or columns, or upload it as CSV.",
        ) from error
    if "refusal" in answer:
        raise Refusal(**answer["refusal"])
    return answer["value"]


def main(task: dict[str, Any]) -> None:
    """Do `task` and write its outcome into its folder `work`."""
    path, work, options = Path(task["path"]), Path(task["work"]), Options(**task["options"])
    settings.configure(**task["settings"])
    memory = max(0, BASE + settings.HONE_RUN_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reader = importlib.import_module(f"webapp.datasets.readers.{task['module']}")
    try:
        answer = {"value": getattr(reader, task["function"])(path, work, options)}
    except Refusal as refusal:
        answer = {"refusal": refusal.as_problem()}
    (work / "outcome.json").write_text(json.dumps(answer))

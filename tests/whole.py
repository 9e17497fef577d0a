"""All tests; with arguments, pytest with these.

What waits most for processes and pages, rather than for a core, runs beside the rest, in a process of its own
with a laboratory and a browser of its own.
"""

import os
import subprocess
import sys
import tempfile

WAITING = [
    "tests/webapp/lab",
    "tests/webapp/runs/live",
    "tests/webapp/runs/test_recovery.py",
    "tests/browser/test_whole_path.py",
    "tests/browser/test_cockpit.py",
    "tests/browser/test_run_charts.py",
    "tests/browser/test_many_runs.py",
    "tests/browser/test_new_sweep.py",
    "tests/browser/test_sweep_page.py",
]
PYTEST = [sys.executable, "-m", "pytest"]


def main() -> int:
    # Without bytecode on the disk every process that a test starts would compile Django and the like anew
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.argv[1:]:
        return subprocess.call([*PYTEST, *sys.argv[1:]])
    with tempfile.TemporaryFile("w+") as printed:
        beside = subprocess.Popen([*PYTEST, "-p", "no:cacheprovider", *WAITING], stdout=printed)
        try:
            failed = subprocess.call([*PYTEST, *(f"--ignore={path}" for path in WAITING)])
            failed |= beside.wait()
        finally:
            beside.kill()
        printed.seek(0)
        print(printed.read(), end="")
    return failed


if __name__ == "__main__":
    sys.exit(main())

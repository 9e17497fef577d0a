"""All tests; with arguments, pytest with these.

What needs a laboratory of processes or a browser waits for these more than for a core: it runs beside the
rest, in a process of its own, so that one laboratory and one browser are started for all of it.
"""

import os
import subprocess
import sys
import tempfile

WAITING = [
    "tests/browser",
    "tests/webapp/lab",
    "tests/webapp/datasets/incoming/test_source_pages.py",
    "tests/webapp/datasets/incoming/test_upload_page.py",
    "tests/webapp/runs/test_recovery.py",
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

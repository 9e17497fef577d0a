"""All tests; with arguments, pytest with these.

What waits for processes to start, to die and to stay silent runs beside the rest, in a process of its own: it
needs little of a core, and is over before the browser begins.
"""

import subprocess
import sys
import tempfile

WAITING = ["tests/webapp/lab", "tests/webapp/runs/live", "tests/webapp/runs/test_recovery.py"]
PYTEST = [sys.executable, "-m", "pytest"]


def main() -> int:
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

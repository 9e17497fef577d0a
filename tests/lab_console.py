"""Management commands one after the other in one process, so that Django starts only once for all of them.

Each line of the input is a command as a JSON list of words; each line of the output is a JSON list: whether
it was carried out, and what it printed, or why it failed. It ends with its input.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stdout

from django.core.management import ManagementUtility
from django.db import connections


def carry_out(words: list[str]) -> tuple[bool, str]:
    """Whether the command `words` succeeded, and its output."""
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            ManagementUtility(["manage.py", *words]).execute()
        return True, printed.getvalue()
    except (Exception, SystemExit):
        return False, printed.getvalue() + traceback.format_exc()
    finally:
        connections.close_all()


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

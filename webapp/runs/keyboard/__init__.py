"""What the commands for the keyboard share: files and names into specs and datasets, and watching a training.

A command ends with 0 when it has what was asked for, with 1 when it came to nothing, and with 2 when it was
asked for something that cannot be.
"""

from django.core.management.base import CommandError


def refused(text: str) -> CommandError:
    """The end of a command that asks for something that cannot be."""
    return CommandError(text, returncode=2)


def came_to_nothing(text: str) -> CommandError:
    """The end of a command without a result."""
    return CommandError(text, returncode=1)

class CannotStartError(Exception):
    """The lab cannot start; the text says why, and what to do about it."""

"""Datasets without files, and what the New run page posts."""

from tests.webapp.runs.forms.conftest import digits, houses, make_version, points, posted

__all__ = ["digits", "houses", "make_version", "points", "posted"]

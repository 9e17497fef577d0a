"""What every template may ask about the site itself."""

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, bool]:
    """Whether strangers may make an account."""
    return {"signup_is_open": settings.HONE_SIGNUP == "open"}

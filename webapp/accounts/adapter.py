"""What allauth asks us about accounts."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make an account: only with HONE_SIGNUP=open."""
        return settings.HONE_SIGNUP == "open"

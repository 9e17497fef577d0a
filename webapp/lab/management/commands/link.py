from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from webapp.accounts.links import new_link, owner
from webapp.lab.claim import running


class Command(BaseCommand):
    help = "Print a fresh sign-in link for the lab that runs on this machine. It works once, and only here."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", help="whose link; the owner's without it")

    def handle(self, *_: Any, username: str | None, **__: Any) -> None:
        facts = running(settings.HONE_HOME)
        if facts is None:
            raise CommandError(f"No lab answers in {settings.HONE_HOME}. `manage.py lab` starts one.")
        user = owner() if username is None else self.account(username)
        self.stdout.write(f"{facts['address']}{new_link(user)}")

    def account(self, username: str) -> Any:
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account named {username}.")
        return user

"""The owner of a laboratory on one machine, and the links that sign a person in."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser

from webapp.accounts.models import SignInLink

OWNER = "owner"
# Written out: the lab must not load every view of the site, and what they import, only to print a link
ADDRESS = "/sign-in/{token}/"


def owner() -> AbstractBaseUser:
    """The account of whoever started the lab: it may do everything, and has no password until it sets one."""
    defaults = {"is_staff": True, "is_superuser": True, "password": make_password(None)}
    return get_user_model().objects.get_or_create(username=OWNER, defaults=defaults)[0]


def new_link(user: AbstractBaseUser) -> str:
    """The path of a fresh link that signs `user` in, once."""
    return ADDRESS.format(token=SignInLink.objects.issue(user))

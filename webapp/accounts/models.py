"""One-time sign-in links. Only a digest is stored: reading the database does not sign anybody in."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

LIFETIME = timedelta(hours=12)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class SignInLinkManager(models.Manager["SignInLink"]):
    def issue(self, user: AbstractBaseUser) -> str:
        """A new token for `user`, good once and for LIFETIME; links that have expired are cleared away."""
        self.filter(expires__lt=timezone.now()).delete()
        token = secrets.token_urlsafe(32)
        self.create(user=user, digest=digest(token), expires=timezone.now() + LIFETIME)
        return token

    def consume(self, token: str) -> AbstractBaseUser | None:
        """Use a token up; its user, or None when it is unknown, used, expired or its user is not active."""
        link = self.find(token)
        # Of two that come at the same time only one deletes the row
        if link is None or not self.filter(pk=link.pk).delete()[0]:
            return None
        return link.user if link.user.is_active else None

    def find(self, token: str) -> "SignInLink | None":
        """The link of a token, when it is still good."""
        return self.filter(digest=digest(token), expires__gt=timezone.now()).select_related("user").first()


class SignInLink(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()

    objects = SignInLinkManager()

    def __str__(self) -> str:
        return f"sign-in link for {self.user}, until {self.expires:%Y-%m-%d %H:%M}"

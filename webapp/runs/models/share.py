"""Links through which anybody may look at a run. Only a digest of the token is stored."""

import hashlib
import secrets
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from webapp.runs.models.run import Run

BYTES = 32  # of randomness in a token


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class ShareQuerySet(models.QuerySet["Share"]):
    def good(self) -> "ShareQuerySet":
        """Links that nobody has revoked, to runs that are there."""
        return self.filter(revoked=None, run__deleted=None)

    def make(self, run: Run, by: AbstractBaseUser) -> tuple["Share", str]:
        """Another link to `run`, and its token, which is told this once."""
        token = secrets.token_urlsafe(BYTES)
        return self.create(run=run, by=by, digest=digest(token), ending=token[-4:]), token

    def of_token(self, token: str) -> "Share | None":
        """The good link of a token."""
        wanted = digest(token)
        found = self.good().filter(digest=wanted).select_related("run").first()
        return found if found is not None and compare_digest(found.digest, wanted) else None


class Share(models.Model):
    run = models.ForeignKey(Run, models.CASCADE, related_name="shares")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4, help_text="The last letters of its token, to tell links apart.")
    created = models.DateTimeField(db_default=Now())
    revoked = models.DateTimeField(null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"link …{self.ending} to {self.run}"

    def revoke(self) -> None:
        """Nobody sees the run through it from now on."""
        Share.objects.filter(pk=self.pk, revoked=None).update(revoked=timezone.now())

"""Notices: something has ended, and somebody wants to know; and the ways on which they are sent."""

import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from webapp.runs.models.run import Run


class NoticeSettings(models.Model):
    """How one person wants to hear of what ended, beside the bell on every page."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_settings")
    email = models.BooleanField(default=False)
    webhook = models.URLField(max_length=500, blank=True)
    secret = models.CharField(max_length=64, blank=True, help_text="Signs what the webhook gets.")
    site = models.CharField(max_length=300, blank=True, help_text="The site's address for this person.")

    def __str__(self) -> str:
        return f"notices of {self.user}"

    @classmethod
    def of(cls, user: AbstractBaseUser) -> "NoticeSettings":
        """The user's settings; unsaved ones with every default when there are none."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    def new_secret(self) -> str:
        """Another secret; the old one is worth nothing any more."""
        self.secret = secrets.token_hex(32)
        return self.secret


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: AbstractBaseUser) -> "NoticeQuerySet":
        """The user's notices, without those of deleted runs."""
        return self.filter(user=user, run__deleted=None)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read=None)


class Notice(models.Model):
    """Something of the user's has finished, diverged or failed: a run, or what is made of runs.

    It holds all that is told of it, as it was then. What tells of something else than a run inherits from it,
    with a key to that: so the notice goes when that does.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="notices")
    attempt = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=10, default="run", help_text="What ended, in a word.")
    state = models.CharField(max_length=10, choices=Run.State.choices)
    name = models.CharField(max_length=200)
    outcome = models.CharField(max_length=200, blank=True, help_text="What came of it, in a few words.")
    address = models.CharField(max_length=200, help_text="The path of its page.")
    figures = models.JSONField(default=list, help_text="Pairs of a label and a text, for people.")
    facts = models.JSONField(default=dict, help_text="The same and more by name, for programs.")
    created = models.DateTimeField(db_default=Now())
    read = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "attempt"], name="one_notice_an_attempt"),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(read__isnull=True), name="notices_unread")]

    def __str__(self) -> str:
        told = f"“{self.name}” has {self.state}"
        return f"{told}: {self.outcome}" if self.outcome else told

    @property
    def text(self) -> str:
        """What is told, as a sentence."""
        return f"{self}."


class Delivery(models.Model):
    """One notice on its way to one place outside of the site."""

    class Channel(models.TextChoices):
        EMAIL = "email", "e-mail"
        WEBHOOK = "webhook", "webhook"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    # Empty: somebody tries their settings
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(help_text="When somebody has to look after it again.")
    answer = models.CharField(max_length=300, blank=True, help_text="What came of the last try.")
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["due"], condition=Q(state__in=("waiting", "sending")), name="deliveries_due")
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.user}: {self.state}"

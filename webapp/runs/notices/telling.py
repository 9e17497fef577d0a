"""A run has ended: a notice for its owner, and what is to be sent elsewhere."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from webapp.celery import send
from webapp.runs.models import Delivery, Notice, NoticeSettings, Run

logger = logging.getLogger(__name__)

TOLD = (Run.State.FINISHED, Run.State.DIVERGED, Run.State.FAILED)
PATIENCE = timedelta(seconds=60)  # until a message, or a worker that took one, counts as lost
TASK = "webapp.runs.notices.tasks.deliver"
Channel, State = Delivery.Channel, Delivery.State


def notify(run: Run) -> Notice | None:
    """Tell the owner that the run has finished, diverged or failed; once, however often it is called.

    Whoever stopped a run knows that it ended. A notice is never worth more than the run: what goes wrong with
    the database is logged.
    """
    try:
        with transaction.atomic():
            ended = Run.objects.get(pk=run.pk)
            if ended.state not in TOLD or ended.deleted:
                return None
            notice = Notice.objects.create(
                user=ended.owner, run=ended, attempt=ended.attempt, state=ended.state
            )
            for channel in channels_of(ended.owner):
                begin(ended.owner, channel, notice)
            return notice
    except IntegrityError:
        return None  # it was told before
    except Error:
        logger.exception("Nobody could be told that run %s has ended", run.pk)
        return None


def channels_of(user: AbstractBaseUser) -> list[str]:
    """The ways outside of the site on which the user wants to hear of it."""
    wanted = NoticeSettings.of(user)
    by_email = wanted.email and can_email(user)
    return [Channel.EMAIL] * bool(by_email) + [Channel.WEBHOOK] * bool(wanted.webhook)


def can_email(user: AbstractBaseUser) -> bool:
    """Whether this site can send e-mail, and the user has an address."""
    return bool(settings.EMAIL_HOST and user.email)


def begin(user: AbstractBaseUser, channel: str, notice: Notice | None = None) -> Delivery:
    """Something to be sent, which a worker hears of once it is committed. No notice: a trial."""
    delivery = Delivery.objects.create(
        user=user, channel=channel, notice=notice, due=timezone.now() + PATIENCE
    )
    transaction.on_commit(lambda: send(TASK, delivery.pk))
    return delivery


def announce_deliveries() -> None:
    """Tell the workers again of what is due: a further try, or one whose message or worker was lost."""
    open_states = (State.WAITING, State.SENDING)
    now = timezone.now()
    for pk in Delivery.objects.filter(state__in=open_states, due__lt=now).values_list("pk", flat=True)[:100]:
        due = Delivery.objects.filter(pk=pk, state__in=open_states, due__lt=now)
        if due.update(state=State.WAITING, due=now + PATIENCE):
            send(TASK, pk)

"""Something has ended: a notice for its owner, and what is to be sent elsewhere."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.celery import send
from webapp.runs.models import Delivery, Notice, NoticeSettings

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=60)  # until a message, or a worker that took one, counts as lost
TASK = "webapp.runs.notices.tasks.deliver"
Channel, State = Delivery.Channel, Delivery.State


def tell(what: str, make: Callable[[], Notice | None]) -> Notice | None:
    """Keep the notice that `make` returns, where there is anything to tell, and send it where its user wants.

    Nothing is told twice: a constraint of the notice's table says what is the same. A notice is never worth
    more than what it tells of: whatever goes wrong is logged.
    """
    try:
        with transaction.atomic():
            notice = make()
            if notice is None:
                return None
            notice.save()
            for channel in channels_of(notice.user):
                begin(notice.user, channel, notice)
            return notice
    except IntegrityError:
        return None  # it was told before
    except Exception:
        logger.exception("Nobody could be told that %s has ended", what)
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

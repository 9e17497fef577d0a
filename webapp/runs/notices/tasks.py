"""The Celery task that sends one notice to one place."""

import json
import logging
from datetime import timedelta
from http.client import HTTPException
from smtplib import SMTPException
from typing import Any

from celery import shared_task
from django.core.mail import send_mail
from django.db.models import F
from django.utils import timezone

from webapp.runs.models import Delivery, Notice, NoticeSettings
from webapp.runs.notices import webhook
from webapp.runs.notices.telling import PATIENCE, can_email

logger = logging.getLogger(__name__)

WAITS = (timedelta(seconds=20), timedelta(minutes=3))  # before the second and the third try
State = Delivery.State
TRIAL = "This is a trial: notices arrive here."


class UnsentError(Exception):
    """It did not arrive; the message says why. `again` says whether another try may help."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


@shared_task(name="webapp.runs.notices.tasks.deliver")
def deliver(pk: int) -> None:
    """Send it, unless another worker has it or it was sent; try again later, three times in all."""
    waiting = Delivery.objects.filter(pk=pk, state=State.WAITING)
    if not waiting.update(state=State.SENDING, tries=F("tries") + 1, due=timezone.now() + PATIENCE):
        return
    delivery = Delivery.objects.select_related("user", "notice").get(pk=pk)
    try:
        answer = SENDERS[delivery.channel](delivery)
    except UnsentError as unsent:
        end(delivery, str(unsent), again=unsent.again)
    except Exception as problem:  # nothing of it may keep the delivery waiting for ever
        logger.exception("Delivery %s failed", pk)
        end(delivery, f"{type(problem).__name__}: {problem}", again=False)
    else:
        change(delivery, State.SENT, answer)


def end(delivery: Delivery, why: str, *, again: bool) -> None:
    """It did not arrive: wait for the next try, or give up."""
    if again and delivery.tries <= len(WAITS):
        change(delivery, State.WAITING, why, due=timezone.now() + WAITS[delivery.tries - 1])
    else:
        change(delivery, State.FAILED, why)


def change(delivery: Delivery, state: str, answer: str, **more: Any) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, tries=delivery.tries)
    mine.update(state=state, answer=answer[:300], **more)


def by_webhook(delivery: Delivery) -> str:
    """Post it to the user's address; what came back, in words. Raises UnsentError."""
    wanted = NoticeSettings.of(delivery.user)
    if not wanted.webhook:
        raise UnsentError("The webhook was taken away.", again=False)
    body = json.dumps(message(delivery, wanted.site), allow_nan=False).encode()
    try:
        status = webhook.post(wanted.webhook, wanted.secret, body, delivery.pk)
    except webhook.WebhookRefusedError as refused:
        raise UnsentError(str(refused), again=False) from refused
    except (OSError, HTTPException) as problem:
        raise UnsentError(f"No connection: {problem or type(problem).__name__}.") from problem
    if 300 <= status < 400:
        raise UnsentError(
            f"Answered {status}: redirects are not followed. Give the final address.", again=False
        )
    if not 200 <= status < 300:
        raise UnsentError(f"Answered {status}.")
    return f"Answered {status}."


def by_email(delivery: Delivery) -> str:
    """Send it to the user's address. Raises UnsentError."""
    if not can_email(delivery.user):
        raise UnsentError("There is no e-mail server, or no address in your account.", again=False)
    notice, site = delivery.notice, NoticeSettings.of(delivery.user).site
    text, lines = TRIAL, []
    if notice is not None:
        text = notice.text
        lines = ["", *(f"{name}: {value}" for name, value in notice.figures), "", url_of(notice, site)]
    try:
        send_mail(f"Hone: {text}", "\n".join([text, *lines]), None, [delivery.user.email])
    except (SMTPException, OSError) as problem:
        raise UnsentError(f"The e-mail server refused it: {problem}.") from problem
    return f"Handed to the e-mail server for {delivery.user.email}."


SENDERS = {Delivery.Channel.WEBHOOK: by_webhook, Delivery.Channel.EMAIL: by_email}


def message(delivery: Delivery, site: str) -> dict[str, Any]:
    """What a webhook gets."""
    notice = delivery.notice
    if notice is None:
        return {"event": "trial", "text": TRIAL}
    return {
        "event": f"{notice.kind}.{notice.state}",
        "text": notice.text,
        "figures": dict(notice.figures),
        notice.kind: {**notice.facts, "url": url_of(notice, site)},
    }


def url_of(notice: Notice, site: str) -> str:
    return f"{site.rstrip('/')}{notice.address}"

"""The laboratory at a glance, for its admin: storage, queue and workers."""

import shutil
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from webapp.celery import app
from webapp.datasets.incoming import quotas
from webapp.datasets.models import Upload, Version
from webapp.runs.models import Run

PATIENCE = 0.7  # seconds that workers have to answer
MOST_PEOPLE = 8


def dashboard(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page of the administration shows above its list."""
    context["overview"] = {
        "storage": storage(),
        "people": people(),
        "queue": queue(),
        "workers": workers(),
    }
    return context


@dataclass(frozen=True)
class Storage:
    """Bytes on the disk of the laboratory: `files` that came in and `uploads` on their way in."""

    files: int
    uploads: int
    free: int
    total: int

    @property
    def percent(self) -> int:
        """The share of the disk that is taken, by whomever."""
        return round(100 * (1 - self.free / self.total))


def storage() -> Storage:
    """What is stored, and how much room is left."""
    disk = shutil.disk_usage(settings.HONE_HOME)
    announced = sum(Upload.objects.values_list("size", flat=True))
    return Storage(quotas.used_by_all() - announced, announced, disk.free, disk.total)


def people() -> list[dict[str, Any]]:
    """Those who store the most."""
    used = Sum("dataset__size")
    users = get_user_model().objects.annotate(bytes=used).filter(bytes__gt=0).order_by("-bytes", "pk")
    return [{"user": user, "bytes": user.bytes} for user in users[:MOST_PEOPLE]]


def queue() -> list[tuple[str, int, Any]]:
    """What waits and what is at work: a name, how many, and since when the oldest of them."""
    waiting = Version.objects.filter(state=Version.State.PARSING)
    return [
        ("Runs that wait", *_count(Run.objects.filter(state=Run.State.QUEUED), "created")),
        ("Runs in training", *_count(Run.objects.filter(state__in=Run.ACTIVE), "started")),
        ("Datasets that wait", *_count(waiting.filter(lease_until=None), "created")),
        ("Datasets being read", *_count(waiting.exclude(lease_until=None), "created")),
    ]


def _count(rows: QuerySet[Any], since: str) -> tuple[int, Any]:
    found = rows.aggregate(count=Count("pk"), oldest=Min(since))
    return found["count"], found["oldest"]


def workers() -> list[dict[str, Any]] | None:
    """Every worker that answers, its slots and what it does; None when Redis does not answer."""
    inspect = app.control.inspect(timeout=PATIENCE)
    try:
        known = inspect.stats() or {}
        active = inspect.active() or {}
    except (OperationalError, RedisError, OSError):
        return None
    return [
        {
            "name": name,
            "slots": stats.get("pool", {}).get("max-concurrency", 0),
            "busy": len(active.get(name, [])),
            "done": sum(stats.get("total", {}).values()),
        }
        for name, stats in sorted(known.items())
    ]

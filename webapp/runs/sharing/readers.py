"""Who may read a run: its owner, and whoever has a link to it that was not revoked."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpResponse

from webapp.runs.models import Run, Share

LONGEST_TOKEN = 100
User = AbstractBaseUser | AnonymousUser


def may_see(user: User, run: Run, token: str = "") -> bool:
    """Whether `user`, or whoever holds `token`, may read the run."""
    return run.deleted is None and (is_owner(user, run) or opens(token, run.pk))


def is_owner(user: User, run: Run) -> bool:
    return user.is_authenticated and run.owner_id == user.pk


def opens(token: str, pk: int) -> bool:
    """Whether the token is that of a good link to run `pk`."""
    if not token or len(token) > LONGEST_TOKEN:
        return False
    share = Share.objects.of_token(token)
    return share is not None and share.run_id == pk


def private(answer: HttpResponse) -> HttpResponse:
    """Keep what a link shows out of search engines and caches, and the link out of other sites' logs."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    return answer

"""Who may read a run: its owner, and whoever has a link to it that was not revoked."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRedirect

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


def token_of(request: HttpRequest) -> str:
    """The token that came with a request, in `?share=`; empty without one."""
    return request.GET.get("share", "")


def readable_run(request: HttpRequest, pk: int) -> Run:
    """The run, when this request may read it; Http404 otherwise.

    `request.read_only` is set: true when it may be looked at and nothing more.
    """
    run = Run.objects.present().with_dataset().filter(pk=pk).first()
    if run is None or not may_see(request.user, run, token_of(request)):
        raise Http404
    request.read_only = not is_owner(request.user, run)
    return run


def readable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a page or a fragment `view(request, run, ...)` of a run readable through a link, by `?share=`.

    Its address has `pk`. Without a token a stranger is led to the sign-in page, as everywhere.
    """

    @login_not_required
    @wraps(view)
    def shown(request: HttpRequest, pk: int, *rest: Any, **more: Any) -> HttpResponse:
        if not request.user.is_authenticated and not token_of(request):
            answer = redirect_to_login(request.get_full_path())
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer
        run = readable_run(request, pk)
        answer = view(request, run, *rest, **more)
        return private(answer) if request.read_only else answer

    return shown


def private(answer: HttpResponse) -> HttpResponse:
    """Keep what a link shows out of search engines and caches, and the link out of other sites' logs."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    return answer

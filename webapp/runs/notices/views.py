"""Notices in the page: the bell, the list, and the page on which one says how to be told."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.runs.models import Delivery, Notice, NoticeSettings
from webapp.runs.notices.forms import NoticesForm
from webapp.runs.notices.telling import begin, can_email

LATEST = 10
MOST = 200
TRIALS = 5  # deliveries that the page of settings lists
WAITING_AT_MOST = 5


def notices_of(request: HttpRequest) -> Any:
    return Notice.objects.visible_to(request.user)


@require_GET
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """How many notices are unread, and the newest for the browser's own notifications."""
    unread = notices_of(request).unread()
    newest = [
        {"id": notice.pk, "title": str(notice), "url": f"/notices/{notice.pk}/"} for notice in unread[:3]
    ]
    return render(request, "runs/notices/bell.html", {"unread": unread.count(), "newest": newest})


@require_GET
@never_cache
def latest(request: HttpRequest) -> HttpResponse:
    """The latest notices, for the menu under the bell."""
    return render(request, "runs/notices/latest.html", {"notices": notices_of(request)[:LATEST]})


@require_GET
@never_cache
def all_notices(request: HttpRequest) -> HttpResponse:
    """All notices there are."""
    return render(request, "runs/notices/list.html", {"notices": notices_of(request)[:MOST]})


@require_GET
@never_cache
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice tells of: all notices of it are read by that."""
    notice = get_object_or_404(notices_of(request), pk=pk)
    notices_of(request).unread().filter(address=notice.address).update(read=timezone.now())
    return redirect(notice.address)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """All notices are read."""
    Notice.objects.filter(user=request.user, read=None).update(read=timezone.now())
    if not request.htmx:
        return redirect("notices:list")
    answer = render(request, "runs/notices/latest.html", {"notices": notices_of(request)[:LATEST]})
    answer["HX-Trigger"] = "notices-read"
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """How one wants to be told. A new secret for the webhook is shown once, in the answer."""
    chosen = NoticeSettings.of(request.user)
    if request.method == "GET":
        return page(request, NoticesForm(instance=chosen))
    form = NoticesForm(request.POST, instance=chosen)
    if not form.is_valid():
        return page(request, form, status=422)
    secret = chosen.new_secret() if form.instance.webhook and not chosen.secret else ""
    chosen.site = request.build_absolute_uri("/")[:300]
    form.save()
    return page(request, NoticesForm(instance=chosen), secret=secret, saved=True)


@require_POST
def new_secret(request: HttpRequest) -> HttpResponse:
    """Another secret, shown once."""
    chosen = NoticeSettings.of(request.user)
    secret = chosen.new_secret()
    chosen.save()
    return page(request, NoticesForm(instance=chosen), secret=secret)


@require_POST
def trial(request: HttpRequest) -> HttpResponse:
    """Send a trial on one of the ways."""
    chosen, channel = NoticeSettings.of(request.user), request.POST.get("channel")
    ready = {"webhook": bool(chosen.webhook), "email": can_email(request.user)}
    waiting = request.user.deliveries.filter(state__in=("waiting", "sending"), notice=None).count()
    if not ready.get(channel or ""):
        return page(
            request, NoticesForm(instance=chosen), problem="Save where it shall go first.", status=422
        )
    if waiting >= WAITING_AT_MOST:
        problem = "Some trials are on their way still: wait for what comes of them."
        return page(request, NoticesForm(instance=chosen), problem=problem, status=422)
    begin(request.user, channel or "")
    return redirect("notices:settings")


@require_GET
@never_cache
def deliveries(request: HttpRequest) -> HttpResponse:
    """What became of the latest deliveries; asked again while one is on its way."""
    return render(request, "runs/notices/deliveries.html", of_deliveries(request))


def of_deliveries(request: HttpRequest) -> dict[str, Any]:
    found = list(Delivery.objects.filter(user=request.user).select_related("notice")[:TRIALS])
    return {"deliveries": found, "is_waiting": any(one.state in ("waiting", "sending") for one in found)}


def page(request: HttpRequest, form: NoticesForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "has_server": bool(settings.EMAIL_HOST),
        "can_email": can_email(request.user),
        "chosen": NoticeSettings.of(request.user),
        **of_deliveries(request),
        **more,
    }
    return render(request, "runs/notices/settings.html", context, status=status)

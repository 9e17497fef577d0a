"""What can be done to many runs at once, and deleting with its undo."""

from collections.abc import Callable
from datetime import datetime
from itertools import chain, islice

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from webapp.runs.cockpit.commands import CommandRefusedError, is_held, issue
from webapp.runs.deleting import UNDO, Hidden, batches, hide, restore
from webapp.runs.labels import tags
from webapp.runs.models import Command, Run
from webapp.runs.pages.listing import RunListing
from webapp.runs.pages.standing import word
from webapp.runs.pages.views_list import back_to

MOST_COMPARED = 100
LONGEST_KEY = 18  # digits of a run's number


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing to the chosen runs, or with `all` to everything that the search finds."""
    query = request.POST.get("query", "")
    action = ACTIONS.get(request.POST.get("action", ""))
    keys = chosen(request, query)
    if action is None:
        messages.error(request, f"Nothing was done. What can be done: {', '.join(ACTIONS)}.")
    elif not keys:
        messages.error(request, "No run is chosen: tick the boxes before their names first.")
    elif answer := action(request, keys):
        return answer
    return redirect(back_to(query))


def chosen(request: HttpRequest, query: str) -> list[int]:
    """The keys of the runs that were ticked, as far as one may see them, in the order of the list."""
    if request.POST.get("all") == "1":
        listing = RunListing(request.user, QueryDict(query))
        if listing.problem:
            return []
        return list(listing.chosen().order_by("-created", "-pk").values_list("pk", flat=True))
    ticked = {text for text in request.POST.getlist("run") if text.isascii() and text.isdigit()}
    keys = {int(text) for text in ticked if len(text) <= LONGEST_KEY}
    mine = Run.objects.visible_to(request.user).values_list("pk", flat=True)
    return [pk for pk in mine if pk in keys]


def tag(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    if names := written_tags(request):
        full = tags.add_tags(keys, names)
        messages.success(request, f"{runs(len(keys) - full)} tagged {', '.join(names)}.")
        if full:
            messages.error(
                request, f"{runs(full)} stayed as before: a run has at most {tags.MOST} tags. Remove some."
            )
    return None


def untag(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    if names := written_tags(request):
        tags.remove_tags(keys, names)
        messages.success(request, f"{', '.join(names)} removed from {runs(len(keys))}.")
    return None


def written_tags(request: HttpRequest) -> list[str]:
    """The tags in the field beside the buttons; a message and none when they are no tags."""
    try:
        names = tags.parse(request.POST.get("tags", "")[:2_000])
    except tags.TagsRefusedError as error:
        messages.error(request, str(error))
        return []
    if not names:
        messages.error(request, "Write the tags into the field first, with commas between them.")
    return names


def star(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    return set_star(request, keys, True, "starred")


def unstar(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    return set_star(request, keys, False, "without a star now")


def set_star(request: HttpRequest, keys: list[int], starred: bool, words: str) -> None:
    for some in batches(keys):
        Run.objects.filter(pk__in=some).update(starred=starred)
    messages.success(request, f"{runs(len(keys))} {words}.")


def stop(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    """Stop those that still go on or could."""
    stopped = held = 0
    unended = Run.objects.visible_to(request.user).exclude(state__in=Run.ENDED)
    for run in chain.from_iterable(unended.filter(pk__in=some) for some in batches(keys)):
        if is_held(run):
            held += 1
            continue
        try:
            issue(run, request.user, Command.Kind.STOP)
            stopped += 1
        except CommandRefusedError:  # it has ended meanwhile
            continue
    left = len(keys) - stopped - held
    words = [f"{runs(stopped)} told to stop."]
    words += [f"{runs(left)} had ended already."] if left else []
    words += [f"{runs(held)} left to the sweep that trains them: stop it on its page."] if held else []
    messages.info(request, " ".join(words))


def delete_many(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    tell(request, hide(keys, request.user))
    return None


def compare(request: HttpRequest, keys: list[int]) -> HttpResponse | None:
    """To the page that compares them."""
    if len(keys) > MOST_COMPARED:
        messages.info(request, f"Of {len(keys):,} runs the newest {MOST_COMPARED} are compared.")
    return redirect(f"{reverse('runs:compare')}?runs={','.join(map(str, islice(keys, MOST_COMPARED)))}")


ACTIONS: dict[str, Callable[[HttpRequest, list[int]], HttpResponse | None]] = {
    "compare": compare,
    "tag": tag,
    "untag": untag,
    "star": star,
    "unstar": unstar,
    "stop": stop,
    "delete": delete_many,
}


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a run that has ended; for a while that can be undone."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    hidden = hide([pk], request.user)
    tell(request, hidden, name=run.name)
    return whole_page(request, reverse("runs:list") if hidden.count else run.get_absolute_url())


def tell(request: HttpRequest, hidden: Hidden, name: str = "") -> None:
    """Say what was deleted, with a button that undoes it, and what was not."""
    if hidden.count:
        what = f"“{name}”" if name else runs(hidden.count)
        context = {
            "what": what,
            "moment": hidden.moment.isoformat(),
            "minutes": int(UNDO.total_seconds() // 60),
        }
        messages.success(request, render_to_string("runs/list/deleted.html", context, request))
    if hidden.refused:
        names = ", ".join(f"“{run}” ({word(run)})" for run in hidden.refused[:3])
        more = f" and {len(hidden.refused) - 3:,} more" if len(hidden.refused) > 3 else ""
        them = "them" if len(hidden.refused) > 1 else "it"
        messages.error(request, f"Not deleted: {names}{more}. Stop {them} first, then delete {them}.")


@require_POST
def undelete(request: HttpRequest) -> HttpResponse:
    """Bring back what was deleted together."""
    moment = parsed(request.POST.get("moment", ""))
    back = restore(moment, request.user) if moment else 0
    if back:
        messages.success(request, f"{runs(back)} {'is' if back == 1 else 'are'} back.")
    else:
        messages.error(request, "It is too late: these runs are gone, or they are back already.")
    return whole_page(request, reverse("runs:list"))


def parsed(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is None or timezone.is_aware(moment) else None


def runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def whole_page(request: HttpRequest, address: str) -> HttpResponse:
    """Go to an address; htmx, too, leaves the page and what runs on it."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)

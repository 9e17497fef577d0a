"""The list of runs, and the choice of its columns."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.runs.deleting import hidden_by
from webapp.runs.models import ChosenColumns
from webapp.runs.pages.listing import RunListing
from webapp.runs.searching.conditions import KEYWORDS
from webapp.runs.searching.quantities import quantities, short_names, shown_as_columns


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """All runs of the user. htmx asks for the table alone, and while one is live for what is new in it."""
    listing = RunListing(request.user, request.GET)
    if not request.htmx:
        context = {"listing": listing, "hidden": hidden_by(request.user), **language()}
        return render(request, "runs/list.html", context)
    if listing.problem:
        # The table stays as it is; only the words beside the box come
        answer = render(request, "runs/list/problem.html", {"listing": listing, "beside": True})
        answer["HX-Reswap"], answer["HX-Push-Url"] = "none", "false"
        return answer
    if "seen" in request.GET:
        return news(request, listing, request.GET["seen"])
    return render(request, "runs/list/table.html", {"listing": listing, "with_problem": True})


def news(request: HttpRequest, listing: RunListing, seen: str) -> HttpResponse:
    """What the page does not show yet: nothing, some rows, or the whole table when other runs are on it."""
    if seen == listing.seen and listing.is_live:
        return HttpResponse(status=204)
    known = set(seen.split(","))
    same = [mark.partition(":")[0] for mark in seen.split(",")] == [
        str(row["run"].pk) for row in listing.rows
    ]
    if not same or not listing.is_live:
        return render(request, "runs/list/table.html", {"listing": listing, "outside": True})
    changed = [row for row in listing.rows if row["mark"] not in known]
    return render(request, "runs/list/news.html", {"listing": listing, "rows": changed})


def language() -> dict[str, object]:
    """What the help beside the search box lists: each quantity with the shortest name that is its own."""
    short = {full[0]: name for name, full in short_names().items() if len(full) == 1}
    groups: dict[str, list[dict[str, object]]] = {}
    for quantity in quantities().values():
        name = quantity.name if len(quantity.name) < 12 else short.get(quantity.name, quantity.name)
        groups.setdefault(quantity.group, []).append({"name": name, "quantity": quantity})
    return {"language": groups, "keywords": list(KEYWORDS)}


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns the user wants, and show the same list with them."""
    offered = {quantity.name for quantity in shown_as_columns()}
    paths = [path for path in dict.fromkeys(request.POST.getlist("column")) if path in offered]
    ChosenColumns.objects.update_or_create(user=request.user, defaults={"paths": paths})
    return redirect(back_to(request.POST.get("query", ""), columns=",".join(paths)))


def back_to(query: str, **changes: str) -> str:
    """The list as `query` asked for it, whatever that says, with changes."""
    kept = QueryDict(query, mutable=True)
    for name in ("page", "seen"):
        kept.pop(name, None)
    for name, value in changes.items():
        kept[name] = value
    return f"{reverse('runs:list')}?{kept.urlencode()}" if kept else reverse("runs:list")

"""The versions of a dataset: the list, two of them compared, and what its owner may do to one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.datasets import usage, versions
from webapp.datasets.models import Version
from webapp.datasets.pages import comparison
from webapp.datasets.pages.page import Page, go, mine, numbered
from webapp.datasets.refusal import Refusal

PER_PAGE = 50
MAX_USERS = 5


@require_GET
def version_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version: who made it when, what it does otherwise than the one before, and who used it."""
    return listed(request, pk)


def listed(request: HttpRequest, pk: int, status: int = 200) -> HttpResponse:
    """The page with the list."""
    page = Page(request, pk, "versions")
    found = page.dataset.versions.defer("columns", "notes", "classes").select_related("author")
    everything = list(found.order_by("-number"))
    pairs = list(zip(everything, [*everything[1:], None], strict=True))
    shown = Paginator(pairs, PER_PAGE).get_page(request.GET.get("page"))
    made = [version for version, _ in shown]
    used = usage.of_versions(page.dataset, made, request.user, MAX_USERS)
    rows = [row(page, *pair, users) for pair, users in zip(shown, used, strict=True)]
    numbers = [version.number for version in everything]
    return page.render("versions.html", status, rows=rows, shown=shown, numbers=numbers)


def row(page: Page, version: Version, before: Version | None, used: usage.Usage) -> dict[str, object]:
    """One line of the list; `before` is the version made before it."""
    version.dataset = page.dataset
    return {
        "version": version,
        "is_current": version.is_current,
        "changes": comparison.of_recipes(before.choices, version.choices) if before else [],
        "before": before,
        "used": used,
        "can_retry": page.is_owner and versions.can_retry(version),
        "kept_because": versions.kept_because(version, str(used)),
    }


@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side: `?a=1&b=3`."""
    page = Page(request, pk, "versions")
    a, b = (numbered(page.dataset, request.GET.get(name, "")) for name in "ab")
    only_a, only_b = comparison.notes_apart(a, b)
    return page.render(
        "compare.html",
        a=a,
        b=b,
        decisions=comparison.of_recipes(a.choices, b.choices),
        results=comparison.of_results(a, b) if a.is_ready and b.is_ready else None,
        only_a=only_a,
        only_b=only_b,
    )


@require_POST
def use(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Use a version that is ready from now on; runs keep theirs."""
    dataset = mine(request, pk)
    found = numbered(dataset, number)
    if not found.is_ready:
        return kept(request, pk, f"Version {found.number} is not ready, so it cannot be used.")
    versions.use(dataset, request.user, found)
    messages.success(request, f"Version {found.number} is in use.")
    return redirect("datasets:versions", pk)


@require_POST
def retry(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Make a version that failed once more."""
    found = numbered(mine(request, pk), number)
    if not versions.retry(found, request.user):
        return kept(request, pk, f"Version {found.number} did not fail, or nothing is left to make it of.")
    return redirect("datasets:detail", pk)


@require_POST
def remove(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Delete a version that is not in use and that no run and no sweep used."""
    found = numbered(mine(request, pk), number)
    try:
        versions.remove(found, request.user)
    except Refusal as refusal:
        return kept(request, pk, str(refusal))
    except RestrictedError:  # a run or a sweep began meanwhile
        return kept(request, pk, f"Version {found.number} stays: a run or a sweep has just begun to use it.")
    messages.success(request, f"Version {found.number} was deleted.")
    return go(request, reverse("datasets:versions", args=[pk]))


def kept(request: HttpRequest, pk: int, why: str) -> HttpResponse:
    """The list again, with the reason."""
    messages.error(request, why)
    if request.htmx:
        return go(request, reverse("datasets:versions", args=[pk]))
    return listed(request, pk, status=409)

"""Parts of a dataset's page that are only looked at: its columns, charts and split."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets import presentation
from webapp.datasets.column_listing import ColumnListing
from webapp.datasets.figures import figures_of
from webapp.datasets.openings import Openings
from webapp.datasets.page import Page
from webapp.datasets.thumbnails import thumbnail


@require_GET
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """What each column holds; htmx asks for the table alone."""
    page = Page(request, pk, "columns")
    listing = ColumnListing(page.version.columns, request.GET)
    template = "columns/table.html" if request.htmx else "columns.html"
    lines = [presentation.line(column) for column in listing.page]
    return page.render(template, listing=listing, lines=lines)


@require_GET
def explore(request: HttpRequest, pk: int) -> HttpResponse:
    """Charts of the data."""
    page = Page(request, pk, "explore")
    return page.render("explore.html", figures=figures_of(page.version) if page.version.is_ready else [])


@require_GET
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Which rows train, tune and judge, why so many, and whether the parts are alike."""
    page = Page(request, pk, "split")
    version = page.version
    if not version.is_ready:
        return page.render("split.html")
    return page.render(
        "split.html",
        parts=presentation.parts(version),
        split=version.choices.split,
        recommendation=presentation.recommendation(version.n_rows),
        check=presentation.told(version, "drift.json"),
        openings=Openings(version, request.user),
    )


@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of a dataset of images; 404 for others. A version's never changes."""
    page = Page(request, pk, "detail")
    png = thumbnail(page.version) if page.version.is_ready else None
    if png is None:
        raise Http404
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(png, content_type="image/png", headers=headers)

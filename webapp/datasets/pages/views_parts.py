"""Parts of a dataset's page that are only looked at: its columns, charts and split."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets.making.studying import gallery_of, insight_of
from webapp.datasets.pages import figures, presentation
from webapp.datasets.pages.column_listing import ColumnListing
from webapp.datasets.pages.openings import Openings
from webapp.datasets.pages.page import Page


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
    insight = insight_of(page.version.folder) if page.version.is_ready else None
    if insight is None:
        return page.render("explore.html")
    columns = figures.columns_of(insight)
    asked = request.GET.get("column", "")
    column = asked if asked in columns else next(iter(columns), "")
    return page.render(
        "explore.html",
        columns=columns,
        column=column,
        of_column=figures.of_column(insight, column),
        figures=figures.of_version(insight),
        **gallery(page),
    )


def gallery(page: Page) -> dict[str, Any]:
    """The images of each class, a line each."""
    found = gallery_of(page.version.folder)
    if found is None:
        return {}
    lines = zip(found.names, found.counts, found.mean_png, strict=True)
    return {
        "gallery": found,
        "lines": [dict(zip(("name", "count", "mean"), one, strict=True)) for one in lines],
    }


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
        check=presentation.told(version, "check.json"),
        openings=Openings(version, request.user),
    )

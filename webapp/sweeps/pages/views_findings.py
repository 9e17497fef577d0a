"""The panel that says what a sweep tells; it comes after the page, for it takes longer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.sweeps.pages.findings import Findings
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.results import rows_of


@require_GET
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    found = mine(request, pk)
    context = {"sweep": found, "findings": Findings(found, rows_of(found))}
    return render(request, "sweeps/sweep/findings.html", context)

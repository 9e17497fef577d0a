"""The panel that says what a sweep tells; it comes after the page, for it takes longer."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.sweeps.pages.findings import Findings
from webapp.sweeps.pages.mine import mine
from webapp.sweeps.results import rows_of

SOONEST, LATEST = 8, 60  # seconds until the panel asks again, while the sweep runs
TIMES = 40  # as long as it took, at least


@require_GET
def findings(request: HttpRequest, pk: int) -> HttpResponse:
    began = time.thread_time()
    sweep = mine(request, pk)
    found = Findings(sweep, rows_of(sweep))
    _ = found.common, found.narrowing  # what takes time is worked out here, not by the template
    again = seconds_until_again(time.thread_time() - began)
    context = {"sweep": sweep, "findings": found, "again": again}
    return render(request, "sweeps/sweep/findings.html", context)


def seconds_until_again(took: float) -> int:
    """The later, the more of a processor it took: these are the ones that train."""
    return round(min(LATEST, max(SOONEST, TIMES * took)))

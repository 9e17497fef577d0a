from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache


@login_not_required
@never_cache
def health(_request: HttpRequest) -> HttpResponse:
    """Says that the site answers, to whoever asks; touches neither database nor session."""
    return HttpResponse("ok", content_type="text/plain")

"""Where somebody goes who is not, or no longer, signed in."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads to the sign-in page, and from there back to the page somebody looked at."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse]
    ) -> HttpResponse:
        if not request.htmx and request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        answer = redirect_to_login(looked_at(request), self.get_login_url(view_func))
        # htmx would put the sign-in page into a part of this one
        return HttpResponseClientRedirect(answer.url) if request.htmx else answer


def looked_at(request: HttpRequest) -> str:
    """The path of the page a request was made from; the home page when that is not known."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
        return "/"
    parts = urlsplit(page)
    return parts._replace(scheme="", netloc="").geturl() or "/"

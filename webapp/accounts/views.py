"""Signing in with a one-time link."""

from ipaddress import IPv6Address, ip_address

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp.accounts.models import SignInLink

BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever opens this link first, on the machine of the lab."""
    if not is_local(request):
        return render(request, "accounts/link_refused.html", {"foreign": True}, status=403)
    # A HEAD request comes from something that only looks whether the link is there
    user = None if request.method == "HEAD" else SignInLink.objects.consume(token)
    if user is not None:
        login(request, user, backend=BACKEND)
    elif not request.user.is_authenticated:
        return render(request, "accounts/link_refused.html", {"foreign": False}, status=410)
    return redirect("home")


def is_local(request: HttpRequest) -> bool:
    """Whether the request comes straight from this machine, and not through a proxy on it."""
    forwarded = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
    if any(name in request.META for name in forwarded):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback

"""What an answer took of a processor: a page that asks again and again sets its pace by that, since these
processors train. The clock on the wall would count the training's share, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def timed(view: View[P]) -> View[P]:
    """The same view, whose answers say in `Server-Timing` how many ms they took."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        began = time.thread_time()
        answer = view(request, *args, **kwargs)
        answer["Server-Timing"] = f"cpu;dur={1000 * (time.thread_time() - began):.1f}"
        return answer

    return inner

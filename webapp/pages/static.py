"""How static files are found, named and served: out of wheels, by the hash of what is in them."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect, StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names carry a hash, inside `import ... from "./other.js"` too: one module stays one module."""

    support_js_module_import_aggregation = True
    # Ours alone: the comments in other people's scripts look like imports too
    _js_module_import_aggregation_patterns = (
        "hone/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )


class PlotlyFinder(BaseFinder):
    """`plotly/plotly.min.js`, and nothing else of the 10 MB that lie beside it in Plotly's wheel."""

    name = "plotly.min.js"

    def __init__(self, *_: Any, **__: Any) -> None:
        spec = find_spec("plotly")
        inside = spec.submodule_search_locations if spec else None
        self.storage = FileSystemStorage(location=Path(next(iter(inside or [""]))) / "package_data")
        self.storage.prefix = "plotly"

    def check(self, **_: Any) -> list[CheckMessage]:
        if self.storage.exists(self.name):
            return []
        return [Error("Plotly's wheel brings no plotly.min.js.", hint="Install Plotly 7.", id="hone.E001")]

    def find(self, path: str, find_all: bool = False, **_: Any) -> str | list[str]:
        found = self.storage.path(self.name) if path == f"plotly/{self.name}" else None
        if find_all:
            return [found] if found else []
        return found or []

    def list(self, _ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        yield self.name, self.storage


class StaticFiles(WhiteNoiseMiddleware):
    """Answers with whole files: one in pieces Django reads whole under ASGI, too, and warns of it."""

    @staticmethod
    def serve(static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        with found.file or BytesIO() as file:
            response = HttpResponse(file.read(), status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response

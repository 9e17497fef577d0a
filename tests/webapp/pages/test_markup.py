"""What no template may hold, because the content security policy forbids it or the house does."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

FOLDER = settings.BASE_DIR / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
STYLES = sorted((settings.BASE_DIR / "webapp/static/hone").glob("*.css"))
SCRIPTS = sorted((settings.BASE_DIR / "webapp/static/hone").glob("*.js"))
FORBIDDEN = {
    "an inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "an inline style sheet": r"<style\b",
    "an inline style": r"<[^>]*\sstyle\s*=",
    "an inline handler": r"<[^>]*\son\w+\s*=",
    "an htmx handler": r"\bhx-on\b|\bhx-vars\b|['\"]js:",
    "something from another host": r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//",
    "a javascript address": r"javascript:",
}


def name(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_holds_nothing_that_the_policy_forbids(path: Path) -> None:
    get_template(str(path.relative_to(FOLDER)))
    found = {
        what: re.findall(pattern, path.read_text(), re.IGNORECASE) for what, pattern in FORBIDDEN.items()
    }
    assert {what: where for what, where in found.items() if where} == {}


def test_the_scan_sees_what_it_looks_for() -> None:
    bad = """<script>x</script><style>a{}</style><p style="a"><b onclick="x"><i hx-on:click="x">
             <img src="https://elsewhere.org/x.png"><a href="javascript:x">"""
    assert [what for what, pattern in FORBIDDEN.items() if not re.search(pattern, bad, re.IGNORECASE)] == []


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=name)
def test_no_style_sheet_or_script_loads_from_another_host(path: Path) -> None:
    assert not re.search(r"(?:url\(|@import|from|import\(|fetch\()\s*[\"'`]?(?:https?:)?//", path.read_text())


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_imports_in_the_form_that_gets_its_hash(path: Path) -> None:
    for line in re.findall(r"^(?:import|export)\b.*\bfrom\b.*$", path.read_text(), re.MULTILINE):
        assert re.search(r'from "\./[\w-]+\.js";$', line), line


def test_plotly_finds_a_style_sheet_for_each_one_it_would_inject() -> None:
    plotly = Path(str(finders.find("plotly/plotly.min.js"))).read_text()
    injected = {*re.findall(r'getElementById\("([0-9a-f]{64})"\)', plotly), "plotly.js-style-global"}
    sheets = (FOLDER / "stylesheets.html").read_text()
    assert injected <= set(re.findall(r'id="([^"]+)"', sheets))


def test_only_plotlys_script_is_served_of_its_wheel() -> None:
    assert finders.find("plotly/plotly.min.js")
    assert finders.find("plotly/widgetbundle.js") is None
    served = [
        name for finder in finders.get_finders() for name, _ in finder.list([]) if "widgetbundle" in name
    ]
    assert served == []

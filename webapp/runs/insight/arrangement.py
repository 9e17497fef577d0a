"""The arrangement of the charts: in the address of the page, else as the person left it, else the default.

An address such as `?charts=confusion,metric@f1:2&x=epoch&log_y=on` names charts in order, `:2` for one as
wide as the page, and what holds for all charts with lines.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webapp.runs.insight.registry import KINDS, UnfitChartError, UnknownChartError, chart, find
from webapp.runs.models import Arrangement, Run

MOST = 64  # charts on a page
WIDE = ":2"


class ArrangementError(ValueError):
    """Nobody can arrange charts like this; the message says why."""


class View(BaseModel):
    """What holds for all charts with lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    x: Literal["step", "epoch", "time", "wall"] = "step"
    log_x: bool = False
    log_y: bool = False
    beta: float = Field(0.98, ge=0, le=0.9999)
    zoom: Literal["shared", "single"] = "shared"
    superseded: bool = False


class Placed(NamedTuple):
    """A chart by name, in its place, one or two columns wide."""

    name: str
    wide: bool

    def __str__(self) -> str:
        return self.name + (WIDE if self.wide else "")


class Found(NamedTuple):
    """The charts of a page and its view, and what was asked for and cannot be, in words."""

    charts: list[Placed]
    view: View
    complaints: list[str]


def arrangement_for(run: Run, user: AbstractBaseUser, asked: Mapping[str, str]) -> Found:
    """What the page shows; the address wins."""
    kept = Arrangement.objects.filter(user=user).first()
    complaints: list[str] = []
    if "charts" in asked:
        charts, complaints = possible(run, asked["charts"].split(","))
    elif kept is not None:
        charts, _ = possible(run, kept.charts)
    else:
        charts = [Placed(kind.key, False) for kind in KINDS.values() if kind.default and not kind.unfit(run)]
    try:
        view = read_view({**(kept.view if kept else {}), **named_view(asked)})
    except ArrangementError as error:
        view = View()
        complaints.append(str(error))
    return Found(charts, view, complaints)


def possible(run: Run, names: Iterable[str]) -> tuple[list[Placed], list[str]]:
    """The charts that the run can have, each once, and why not the others."""
    charts: dict[str, Placed] = {}
    complaints = []
    for text in names:
        if not (text := text.strip()):
            continue
        placed = read_place(text)
        try:
            charts.setdefault(chart(run, placed.name).name, placed)
        except (UnknownChartError, UnfitChartError) as error:
            complaints.append(str(error))
    return list(charts.values())[:MOST], complaints


def keep(run: Run, user: AbstractBaseUser, asked: Mapping[str, str]) -> Arrangement:
    """Remember how the person arranged the charts of a run. Raises ArrangementError, and keeps what was.

    Charts that this run cannot have and others can stay in their list.
    """
    names = [text.strip() for text in asked.get("charts", "").split(",") if text.strip()]
    if len(names) > MOST:
        raise ArrangementError(f"{len(names)} charts are too many: a page shows {MOST}.")
    charts, complaints = possible(run, names)
    if complaints:
        raise ArrangementError(" ".join(complaints))
    view = read_view(named_view(asked))
    before = Arrangement.objects.filter(user=user).first()
    elsewhere = [text for text in (before.charts if before else []) if is_elsewhere(run, text)]
    content = {
        "charts": [str(placed) for placed in charts] + elsewhere,
        "view": view.model_dump(exclude_defaults=True),
    }
    return Arrangement.objects.update_or_create(user=user, defaults=content)[0]


def is_elsewhere(run: Run, text: str) -> bool:
    """Whether a chart exists, but not for this run."""
    name = read_place(text).name
    try:
        find(name)
        chart(run, name)
    except UnknownChartError:
        return False
    except UnfitChartError:
        return True
    return False


def read_place(text: str) -> Placed:
    """`metric@f1:2` -> that chart, wide."""
    return Placed(text.removesuffix(WIDE), text.endswith(WIDE))


def named_view(asked: Mapping[str, str]) -> dict[str, Any]:
    """What an address says of the view."""
    return {name: asked[name] for name in View.model_fields if name in asked}


def read_view(values: Mapping[str, Any]) -> View:
    """The view that values as text or JSON mean. Raises ArrangementError naming what is wrong."""
    try:
        return View.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ArrangementError(f"The view of the charts cannot be read: {wrong}.") from error

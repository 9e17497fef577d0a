"""What the page of a new sweep is about, and what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from pydantic import ValidationError

from engine import problems
from webapp.datasets.models import Dataset
from webapp.runs.forms.presets import DEFAULT, PRESETS
from webapp.runs.forms.reading import Problems
from webapp.runs.pages.views_new import Page
from webapp.sweeps.forms.consequences import SweepConsequences
from webapp.sweeps.forms.naming import copied, next_round
from webapp.sweeps.forms.sweep_form import SweepForm
from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import Plan
from webapp.sweeps.space import Space

FIRST = "learning_rate"  # the first to be searched, where nothing else is asked for


class SweepPage(Page):
    """The New run page's, and the sweep that is run again or goes on. 404 for others'."""

    title = "New sweep"

    def __init__(self, request: HttpRequest, asked: QueryDict) -> None:
        sweeps = Sweep.objects.visible_to(request.user).with_dataset()
        self.previous = self._find(sweeps, asked, "round", "from:round")
        self.like_sweep = self._find(sweeps, asked, "like_sweep", "from:sweep")
        super().__init__(request, asked)

    @property
    def model(self) -> Sweep | None:
        """The sweep whose spec and plan the form begins with."""
        return self.previous or self.like_sweep

    @property
    def origin(self) -> Dataset | None:
        dataset = self.model.dataset if self.model else super().origin
        # One that was taken away meanwhile is told and not shown
        return dataset if dataset and self.visible.filter(pk=dataset.pk).exists() else None

    @property
    def lost(self) -> str:
        """The name of the dataset that the model was trained on and that is there no more."""
        known = self.model is None or self.visible.filter(pk=self.model.dataset.pk).exists()
        return "" if known or self.model is None else self.model.dataset.name

    @property
    def here(self) -> str:
        return reverse("sweeps:new")

    @property
    def address(self) -> str:
        asked = {"like": self.like, "like_sweep": self.like_sweep, "round": self.previous}
        more = "".join(f"&{name}={row.pk}" for name, row in asked.items() if row)
        return f"{self.here}?dataset={self.dataset.pk}{more}"

    @property
    def first_name(self) -> str:
        if self.previous:
            return next_round(self.previous)
        return copied(self.like_sweep, self.user) if self.like_sweep else ""

    def form(self, posted: QueryDict, refused: Problems | None = None) -> SweepForm:
        return SweepForm(self.version, posted.dict(), self.original, refused)

    def start(self, preset: str | None = None, space: str | None = None) -> tuple[SweepForm, str]:
        """The form as the page first shows it, and what is wrong with the space that was handed over."""
        if self.model is not None:
            plan, problem = self._plan_of(self.model, space)
            return SweepForm.filled(self.version, self.model.configuration, plan), problem
        spec = self.original or PRESETS.get(preset or DEFAULT, PRESETS[DEFAULT]).spec_for(self.version)
        form = SweepForm.filled(self.version, spec, Plan(), self.original)
        form.act(f"range:{FIRST}")
        return form, ""

    @staticmethod
    def _plan_of(model: Sweep, space: str | None) -> tuple[Plan, str]:
        """The model's plan, with another space where one is given and can be read."""
        if not space:
            return model.planned, ""
        try:
            return model.planned.model_copy(update={"space": Space.model_validate(json.loads(space))}), ""
        except ValidationError as error:
            told = " ".join(f"{each.field}: {each.message}" for each in problems(error, Space))
        except (ValueError, RecursionError) as error:
            told = f"It is not JSON: {error}."
        return model.planned, f"The narrower ranges could not be read, so those of before are shown. {told}"

    def context(self, form: SweepForm, **more: object) -> dict[str, Any]:
        """All that the page or a fragment of it shows."""
        shown: Mapping[str, object] = {
            "page": self,
            "dataset": self.dataset,
            "form": form,
            "consequences": SweepConsequences(form),
            "slots": SLOTS,
            "edit_url": reverse("sweeps:new-edit"),
            "elsewhere_shape": " ".join(f"{one.path}:{one.is_listed}" for one in form.elsewhere),
        }
        return {**shown, **more}


#: Beside each control the same button as on the New run page; the rest has its place among the ranges.
SLOTS = {"control": ["sweeps/new/turn.html"]}

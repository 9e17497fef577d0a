"""The way in: a sweep is checked as a whole before anything of it exists."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from engine import Spec
from webapp.datasets.models import Version
from webapp.sweeps import queue
from webapp.sweeps.models import Sweep
from webapp.sweeps.plan import Plan


class PlanError(ValueError):
    """A plan that cannot be carried out: `problems` by path, those of the space as `space.learning_rate`."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def check(version: Version, spec: Spec, plan: Plan) -> dict[str, str]:
    """What is wrong with a plan, by path; empty when it can be carried out."""
    if not Version.objects.filter(pk=version.pk).exists():
        return {"dataset": "This version of the dataset was deleted meanwhile: choose another one."}
    if not version.n_dev:
        return {
            "dataset": "This version of the dataset has no dev part, by which trials are compared: make a "
            "version that has one."
        }
    base = spec.model_dump(mode="json")
    return {f"space.{path}" if path else "space": text for path, text in plan.space.problems(base).items()}


def start(
    owner: AbstractBaseUser,
    version: Version,
    spec: Spec,
    plan: Plan,
    name: str,
    previous: Sweep | None = None,
) -> Sweep:
    """A sweep that runs; workers hear of it once it is committed. Raises PlanError when it cannot be."""
    if problems := check(version, spec, plan):
        raise PlanError(problems)
    sweep = Sweep.objects.create(
        owner=owner,
        version=version,
        name=name,
        spec=spec.model_dump(mode="json"),
        plan=plan.model_dump(mode="json"),
        previous=previous,
        round=previous.round + 1 if previous else 1,
    )
    transaction.on_commit(lambda: queue.announce(sweep.pk))
    return sweep

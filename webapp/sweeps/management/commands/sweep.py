from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from webapp.runs.keyboard import asking, came_to_nothing, documents
from webapp.runs.keyboard.laboratory import address_of
from webapp.runs.keyboard.watching import Progress, Screen, follow
from webapp.runs.pages.presentation import duration
from webapp.sweeps.forms.naming import described
from webapp.sweeps.keyboard import content_of, in_the_plan, in_the_spec, plan_for
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.presentation import Standing
from webapp.sweeps.starting import PlanError, start
from webapp.sweeps.wording import in_words


class Command(BaseCommand):
    help = (
        "Search for better settings with many trials. SPACE.json holds ranges, such as "
        '{"learning_rate": {"kind": "log", "low": 0.0001, "high": 0.1}}, or all of it: {"spec": {...}, '
        '"plan": {"space": {...}, "trials": 64, ...}}; what it leaves out is as in the default preset. Ends '
        "with 0 when there is a best trial, with 1 when there is none or the search goes on by itself, with "
        "2 when it was refused."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("space", metavar="SPACE.json", help="the ranges, as JSON")
        parser.add_argument(
            "--trials", type=int, help="how many networks are trained, whatever the file says"
        )
        asking.add_arguments(parser)

    def handle(self, *_: Any, wait: bool, patience: float, **asked: Any) -> None:
        sweep = self.started(patience, **asked)
        address = address_of(sweep.get_absolute_url())
        self.stdout.write(f"Sweep {sweep.pk}, “{sweep.name}”: {address}")
        if not wait:
            return
        try:
            follow(lambda: progress(sweep), Screen(self.stdout), patience)
        except KeyboardInterrupt:
            self.stdout.write(f"The sweep goes on without you. Its page has a button to stop it: {address}")
            raise SystemExit(1) from None
        self.report(sweep, address)

    def started(
        self,
        patience: float,
        space: str,
        dataset: str,
        name: str,
        user: str | None,
        trials: int | None,
        **_: Any,
    ) -> Sweep:
        """A sweep that runs, unless anything about it is refused."""
        document = documents.read(space)
        owner, name = asking.person(user), asking.title(name)
        version = asking.version_of(dataset, owner, patience)
        changes, content = content_of(document)
        plan = plan_for(document, content, {} if trials is None else {"trials": trials})
        spec = asking.spec_for(document, changes, version, in_the_spec)
        try:
            return start(owner, version, spec, plan, name or described(version, plan.space, owner))
        except PlanError as error:
            raise document.refusal(error.problems, in_the_plan) from None

    def report(self, sweep: Sweep, address: str) -> None:
        """How it ended, and the best of it. Raises CommandError when there is none, or it was stopped."""
        counts = sweep.trials.values_list("state").annotate(n=Count("pk")).order_by("-n")
        told = ", ".join(f"{n:,} {state}" for state, n in counts)
        took = f"{sweep.get_state_display()} after {duration(sweep.seconds)}"
        self.stdout.write(f"{took}, trials: {told or 'none'}. {sweep.reason}".rstrip())
        if best := sweep.trials.ranked().select_related("run").first():
            self.stdout.write(f"Best is {best} with {judged(sweep, best.score)}:")
            width = max(map(len, best.values), default=0)
            for path, value in best.values.items():
                self.stdout.write(f"    {path.ljust(width)}  {in_words(path, value)}")
            if best.run is not None:
                self.stdout.write(f"    {address_of(best.run.get_absolute_url())}")
        self.stdout.write(address)
        if best is None:
            raise came_to_nothing("No trial was trained to its end, so there is no best one.")
        if sweep.state != Sweep.State.FINISHED:
            raise came_to_nothing(f"The sweep has {sweep.state} before its plan was carried out.")


def progress(sweep: Sweep) -> Progress:
    """How far the sweep is, and the best so far."""
    try:
        sweep.refresh_from_db()
    except Sweep.DoesNotExist:
        raise came_to_nothing("The sweep was deleted.") from None
    standing = Standing.of(sweep)
    words = f"{standing.done:,}/{standing.planned:,} trials"
    if (best := standing.best) is not None:
        words += f", best {judged(sweep, best.score)} ({best})"
    if sweep.state == Sweep.State.PAUSED:
        words += ", paused"
    return Progress(
        standing.progress,
        words,
        sweep.has_ended or sweep.cohorts.exists(),
        sweep.has_ended,
    )


def judged(sweep: Sweep, score: float) -> str:
    """The objective in words: a share of examples in percent, or a number."""
    is_share = sweep.planned.objective == "dev_error" and sweep.version.task != "regression"
    name = sweep.planned.objective.replace("_", " ")
    return f"{name} {score:.2%}".replace("%", " %") if is_share else f"{name} {score:.4g}"

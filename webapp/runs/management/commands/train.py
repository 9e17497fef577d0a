from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from webapp.runs import queue
from webapp.runs.forms.naming import described
from webapp.runs.keyboard import asking, came_to_nothing, documents
from webapp.runs.keyboard.documents import Document
from webapp.runs.keyboard.laboratory import address_of
from webapp.runs.keyboard.watching import Progress, Screen, follow
from webapp.runs.models import Run
from webapp.runs.pages.presentation import duration, error


class Command(BaseCommand):
    help = (
        "Train a network as a run of the laboratory. SPEC.json holds the settings that differ from the "
        'default preset, such as {"learning_rate": 0.01, "layers": [{"units": 32}]}. Ends with 0 when the '
        "run has finished, with 1 when it ended otherwise or goes on by itself, with 2 when it was refused."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("spec", metavar="SPEC.json", help="the settings, as JSON")
        parser.add_argument(
            "--epochs", type=int, help="passes over the training data, whatever the file says"
        )
        asking.add_arguments(parser)

    def handle(self, *_: Any, wait: bool, patience: float, **asked: Any) -> None:
        run = self.submitted(patience, **asked)
        address = address_of(run.get_absolute_url())
        self.stdout.write(f"Run {run.pk}, “{run.name}”: {address}")
        if not wait:
            return
        try:
            follow(lambda: progress(run), Screen(self.stdout), patience)
        except KeyboardInterrupt:
            self.stdout.write(f"The run goes on without you. Its page has a button to stop it: {address}")
            raise SystemExit(1) from None
        self.report(run, address)

    def submitted(
        self,
        patience: float,
        spec: str,
        dataset: str,
        name: str,
        user: str | None,
        epochs: int | None,
        **_: Any,
    ) -> Run:
        """A queued run, unless anything about it is refused."""
        document = documents.read(spec)
        owner, name = asking.person(user), asking.title(name)
        version = asking.version_of(dataset, owner, patience)
        given = {} if epochs is None else {"epochs": epochs}
        found = asking.spec_for(document, settings_in(document), version, spellings, **given)
        return queue.submit(owner, version, found, name or described(version, found))

    def report(self, run: Run, address: str) -> None:
        """How it ended. Raises CommandError unless it has finished."""
        if run.state != Run.State.FINISHED:
            raise came_to_nothing(f"The run has {run.state}. {run.reason} {address}")
        self.stdout.write(
            f"Finished after {run.epoch:,} epochs: dev error {error(run, run.dev_error)} "
            f"(best {error(run, run.best_dev_error)}), train error {error(run, run.train_error)}."
        )
        self.stdout.write(address)


def settings_in(document: Document) -> Any:
    """The spec, which the file may be or hold. What else it holds is refused, not left out in silence."""
    if "spec" not in document.content:
        return document.content
    if others := [name for name in document.content if name != "spec"]:
        text = "A single run has none: `manage.py sweep` takes a plan and ranges. Remove it."
        raise document.refusal(dict.fromkeys(others, text))
    return document.content["spec"]


def spellings(path: str) -> Sequence[str]:
    """The file may be the spec itself, or hold it."""
    return path, f"spec.{path}" if path else "spec"


def progress(run: Run) -> Progress:
    """How far the run is."""
    try:
        run.refresh_from_db()
    except Run.DoesNotExist:
        raise came_to_nothing("The run was deleted.") from None
    left = f", {duration(run.seconds_left)} left" if run.is_active and run.seconds_left else ""
    words = f"epoch {run.epoch:,} of {run.spec['epochs']:,}, dev error {error(run, run.dev_error)}{left}"
    waits = run.state in (Run.State.QUEUED, Run.State.PAUSED)
    begun = run.state != Run.State.QUEUED
    return Progress(run.progress, run.state if waits else words, begun, run.has_ended)

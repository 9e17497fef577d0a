"""Long histories of trials are merged as those of other runs are; see runs/history/blocks.py."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from webapp.runs.history.blocks import merge
from webapp.runs.training.recorder import PILE, STAY
from webapp.sweeps.models import Cohort
from webapp.sweeps.training.recorder import Track

#: From so many chunks on, the history of a trial that has ended opens faster when they are merged.
MANY_CHUNKS = 64


def merge_piles(cohort: Cohort, tracks: Iterable[Track]) -> None:
    """Merge what has piled up while they train, a transaction for each. Raises LeaseLostError."""
    for track in tracks:
        if track.sequence - track.merged >= PILE + STAY:
            _merge(cohort, track, STAY)


def merge_ended(cohort: Cohort, tracks: Iterable[Track]) -> None:
    """Merge all there is of those that have ended, where it is much. Raises LeaseLostError."""
    for track in tracks:
        if track.sequence - track.merged > MANY_CHUNKS:
            _merge(cohort, track, 0)


def _merge(cohort: Cohort, track: Track, keep: int) -> None:
    with transaction.atomic():
        cohort.hold()
        merge(track.run, cohort.attempt, keep)
    track.merged = track.sequence - keep

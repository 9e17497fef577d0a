"""What the database knows of runs: the run, its history, its checkpoints, and what people told it to do."""

from webapp.datasets.models import LeaseLostError
from webapp.runs.models.arrangement import Arrangement
from webapp.runs.models.checkpoint import Checkpoint
from webapp.runs.models.command import Command
from webapp.runs.models.history import END, Attempt, Block, Chunk, Point, Stretch, line
from webapp.runs.models.log import LogEntry, log
from webapp.runs.models.opening import Opening
from webapp.runs.models.probe import Probe
from webapp.runs.models.run import LEASE, MAX_DEATHS, Run
from webapp.runs.models.snapshot import Snapshot

__all__ = [
    "END",
    "LEASE",
    "MAX_DEATHS",
    "Arrangement",
    "Attempt",
    "Block",
    "Checkpoint",
    "Chunk",
    "Command",
    "LeaseLostError",
    "LogEntry",
    "Opening",
    "Point",
    "Probe",
    "Run",
    "Snapshot",
    "Stretch",
    "line",
    "log",
]

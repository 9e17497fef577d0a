"""What the database knows of runs: the run, its history, its checkpoints, and what people told it to do."""

from webapp.datasets.models import LeaseLostError
from webapp.runs.models.arrangement import Arrangement
from webapp.runs.models.checkpoint import Checkpoint
from webapp.runs.models.columns import ChosenColumns
from webapp.runs.models.command import Command
from webapp.runs.models.history import END, Attempt, Block, Chunk, Point, Stretch, line
from webapp.runs.models.log import LogEntry, log
from webapp.runs.models.notice import Delivery, Notice, NoticeSettings
from webapp.runs.models.opening import Opening
from webapp.runs.models.probe import Probe
from webapp.runs.models.run import LEASE, MAX_DEATHS, Run
from webapp.runs.models.share import Share
from webapp.runs.models.snapshot import Snapshot
from webapp.runs.models.tag import Tag

__all__ = [
    "END",
    "LEASE",
    "MAX_DEATHS",
    "Arrangement",
    "Attempt",
    "Block",
    "Checkpoint",
    "ChosenColumns",
    "Chunk",
    "Command",
    "Delivery",
    "LeaseLostError",
    "LogEntry",
    "Notice",
    "NoticeSettings",
    "Opening",
    "Point",
    "Probe",
    "Run",
    "Share",
    "Snapshot",
    "Stretch",
    "Tag",
    "line",
    "log",
]

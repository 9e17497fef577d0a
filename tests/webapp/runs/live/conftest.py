"""The run that all of these tests watch."""

import pytest

from tests.webapp.runs.factories import a_run, write_chunks
from webapp.runs.models import Run


@pytest.fixture
def run(db) -> Run:
    run = a_run(state="running", attempt=1, n_steps=10)
    write_chunks(run, [[3.0, 2.0], [1.5]])
    return run

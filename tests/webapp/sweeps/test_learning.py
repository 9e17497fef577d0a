"""Strategies beside real trials: what these came to reaches what suggests the next ones."""

import pytest

from tests.webapp.sweeps.sweeping import read, swept
from webapp.sweeps.evidence import common, importance, narrowing
from webapp.sweeps.results import rows_of
from webapp.sweeps.strategies import STRATEGIES

pytestmark = pytest.mark.django_db(transaction=True)

RATES = {"dimensions": {"learning_rate": {"kind": "log", "low": 1e-5, "high": 1}}}


def test_every_strategy_trains_a_sweep_to_its_end_and_the_trials_are_evidence(redis_server):
    version = read()
    for kind, strategy in STRATEGIES.items():
        startup = {"startup": 4} if "startup" in strategy.model_fields else {}
        steps = {"steps": 12} if kind == "grid" else {}
        sweep = swept(version, strategy={"kind": kind, **startup, **steps}, trials=12, space=RATES)
        assert sweep.state == "finished", sweep.reason
        rows = rows_of(sweep)
        assert len({row.values["learning_rate"] for row in rows if row.counts}) == 12
        space = sweep.planned.space
        assert not importance(space, rows).too_few
        assert not common(space, rows).too_few
        assert narrowing(space, sweep.spec, rows).space.problems(sweep.spec) == {}

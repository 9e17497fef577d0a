"""What will hurt training or its judgement. A new warning is a function of `Facts`, registered here."""

from collections.abc import Callable

from webapp.datasets.insight.facts import Facts
from webapp.datasets.insight.findings import columns, labels, leaking, rows, sizes
from webapp.datasets.insight.results import Finding

FINDERS: tuple[Callable[[Facts], list[Finding]], ...] = (
    leaking.leaks_of_the_target,
    leaking.identifiers,
    leaking.groups,
    rows.shared_between_parts,
    rows.contradictions,
    rows.copies,
    labels.imbalance,
    labels.few_examples,
    sizes.coarse_parts,
    sizes.more_inputs_than_rows,
    columns.incomplete,
    columns.sparse_rows,
    columns.constant,
    columns.twins,
    columns.long_tails,
    columns.outliers,
)
SEVERITIES = ("high", "medium", "low")


def findings(facts: Facts) -> list[Finding]:
    """All that is found, the most severe first."""
    found = [finding for find in FINDERS for finding in find(facts)]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))

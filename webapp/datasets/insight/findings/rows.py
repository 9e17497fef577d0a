"""Examples met more than once."""

from webapp.datasets.insight.facts import Facts
from webapp.datasets.insight.results import Finding
from webapp.datasets.recipe import Task

WORTH_SAYING = 0.01
MUCH = 0.05
BY_CHANCE = 2  # rows


def shared_between_parts(facts: Facts) -> list[Finding]:
    """Dev and test rows that are in the training part, too."""
    dev, test = facts.duplicates.leaked
    n_rows = round(dev * facts.parts[1] + test * facts.parts[2])
    if max(dev, test) < WORTH_SAYING or n_rows <= BY_CHANCE:
        return []
    return [
        Finding(
            kind="shared",
            severity="high" if max(dev, test) >= MUCH else "medium",
            what=f"{dev:.1%} of the dev and {test:.1%} of the test rows have the same inputs as a training "
            "row.",
            why="A network that remembers its training rows gets these right: dev and test then hide "
            "variance "
            "and promise too much.",
            fix="Remove repeated rows before splitting, or split by the group of rows that belong together.",
        )
    ]


def contradictions(facts: Facts) -> list[Finding]:
    """Equal inputs with different answers: an error that no network goes below."""
    share = facts.duplicates.contradicted
    if facts.task == Task.REGRESSION or share < WORTH_SAYING / 10:
        return []
    return [
        Finding(
            kind="contradiction",
            severity="high" if share >= MUCH else "medium" if share >= WORTH_SAYING else "low",
            what=f"{share:.1%} of all rows have another answer than most rows with the same inputs.",
            why=f"No network can get these right: {share:.1%} is a floor below the error, and the real "
            "noise of "
            "the labels is likely larger, since rows met once cannot contradict.",
            fix="Correct the labels, or add a column that tells these rows apart. Count the floor as "
            "unavoidable when you judge bias.",
        )
    ]


def copies(facts: Facts) -> list[Finding]:
    """Rows that repeat others."""
    share = facts.duplicates.copied
    if share < WORTH_SAYING:
        return []
    return [
        Finding(
            kind="copies",
            severity="medium" if share >= MUCH else "low",
            what=f"{share:.1%} of all rows repeat the inputs of an earlier row.",
            why="Repeated rows weigh more than others, and there are fewer different examples than it seems.",
            fix="Remove them, unless they are separate observations that happen to be equal: usual with few "
            "or coarse columns.",
        )
    ]

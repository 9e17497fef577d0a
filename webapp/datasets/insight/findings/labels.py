"""How the answers are spread."""

from webapp.datasets.insight.facts import Facts, listed
from webapp.datasets.insight.results import Finding
from webapp.datasets.recipe import Task

LOPSIDED = ((100, "high"), (10, "medium"), (4, "low"))
FEW, TOO_FEW = 20, 5


def imbalance(facts: Facts) -> list[Finding]:
    """The most frequent class is many times as frequent as the rarest; or a label is hardly ever there."""
    if not facts.balance or facts.task == Task.MULTILABEL:
        return []
    counts = [sum(of_class) for of_class in zip(*facts.balance, strict=True)]
    most, least = max(counts), min(counts)
    ratio = most / max(1, least)
    severity = next((severity for limit, severity in LOPSIDED if ratio >= limit), None)
    if severity is None:
        return []
    common, rare = (facts.classes[counts.index(count)] for count in (most, least))
    share = most / sum(counts)
    return [
        Finding(
            kind="imbalance",
            severity=severity,
            what=f"“{common}” has {most:,} rows and “{rare}” {least:,}: {ratio:,.0f} times as many.",
            why=f"Always answering “{common}” is right in {share:.1%} of the rows, so a low error says "
            "little, "
            "and the cost hardly feels the rare class.",
            fix="Judge by F1, recall of the rare class or the area under the ROC curve instead of accuracy; "
            "weigh the rare class more (class weights), or collect more of it. Keep the parts stratified.",
        )
    ]


def few_examples(facts: Facts) -> list[Finding]:
    """Classes that have too few rows to be learnt, or none to be judged by."""
    if not facts.balance:
        return []
    train, dev, _ = facts.balance
    few = [name for name, count in zip(facts.classes, train, strict=True) if count < FEW]
    if not few:
        return []
    unjudged = [name for name, count in zip(facts.classes, dev, strict=True) if not count and facts.parts[1]]
    unseen = f" {listed(unjudged)} {'has' if len(unjudged) == 1 else 'have'} none in dev." if unjudged else ""
    least = min(train)
    return [
        Finding(
            kind="few",
            severity="high" if least < TOO_FEW else "medium",
            what=f"{listed(few)} {'has' if len(few) == 1 else 'have'} fewer than {FEW} training rows, the "
            "rarest "
            f"{least}.{unseen}",
            why="A network learns such a class by heart or not at all, and its error in dev is a matter of "
            "luck.",
            fix="Collect more rows, merge rare classes into one, or leave them out; for images, augment.",
        )
    ]

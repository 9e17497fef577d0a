"""Places on the New run page in which other parts of the site show something: lists of templates."""

from __future__ import annotations

#: `control`: beside every control, which is `bound`. `rows`: below a list of rows, which is `bound`.
#: `launch`: beside the button that trains.
SLOTS: dict[str, list[str]] = {"control": [], "rows": [], "launch": []}


def fill(**templates: str) -> None:
    """Show a template in the place of its name, on every New run page. Called once, when the site starts."""
    for name, template in templates.items():
        SLOTS[name].append(template)

"""A refusal: what is wrong with somebody's data, where, and how to mend it."""

from typing import Any


class Refusal(Exception):  # noqa: N818  (the field's word; it is an answer, not a fault)
    """Data that cannot be used as they are.

    `field` is the form field the message belongs to (file or target); `row` counts as a spreadsheet does,
    the header being row 1; `advice` says how to mend it.
    """

    def __init__(
        self,
        message: str,
        advice: str,
        *,
        field: str = "file",
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(f"{message} {advice}")
        self.message, self.advice, self.field, self.row, self.column = message, advice, field, row, column

    def as_problem(self) -> dict[str, Any]:
        """The JSON that a failed dataset keeps."""
        return {name: getattr(self, name) for name in ("message", "advice", "field", "row", "column")}

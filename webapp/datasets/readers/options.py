"""What a person may choose about reading a file; the defaults suit nearly every file."""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_SIDE = 256


class Options(BaseModel):
    """Choices for one file. Formats that know nothing of a choice leave it alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: Annotated[int, Field(ge=1, le=MAX_SIDE)] | None = Field(
        None,
        description="Images become this many pixels wide and high; unset, their own size if they share one.",
    )
    colour: Literal["auto", "grey", "rgb"] = Field("auto", description="auto: grey when every image is grey.")
    inputs: str = Field("", description="The array that holds the inputs, in a file of several arrays.")
    answers: str = Field("", description="The array that holds the answers, in a file of several arrays.")
    sheet: str = Field("", description="The sheet of a workbook; unset, the first one with values.")

    @property
    def digest(self) -> str:
        """A short name for these choices, the same for equal ones: readings are kept apart by it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

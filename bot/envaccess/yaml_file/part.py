"""What every mapping of the file is: it has the fields that its model names, and no other."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

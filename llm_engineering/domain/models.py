"""The base of the domain's models."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A value: it cannot be changed after it is made and refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

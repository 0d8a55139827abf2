"""Online experiments: which users see which variant, without anything that is stored."""

import hashlib
import json
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.variants import AnswerChanges, SameVariantsError
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel

_PARTS: Final = 2**53


class MissingUserError(InvalidInputError):
    """A user has no name, so that he could not be told from others."""

    def __init__(self) -> None:
        super().__init__(
            "An experiment needs to know its users apart, and this one has no name.",
            remedy="Send a stable name of the user; a random one that a cookie keeps will do.",
        )


class Status(StrEnum):
    """Whether an experiment takes users. The values are stored: do not rename them."""

    RUNNING = "running"
    STOPPED = "stopped"


class OnlineExperiment(FrozenModel):
    """Two variants of the answer that users see, and what decides between them."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")
    """Also the salt of the assignment: users who share a variant here do not share it in another experiment."""
    a: AnswerChanges = AnswerChanges()
    """Changes to the answer as it is configured; none: the answer as it is."""
    b: AnswerChanges
    share_of_users: float = Field(default=1.0, gt=0, le=1)
    """Share of all users who take part; it may be raised while the experiment runs."""
    share_b: float = Field(default=0.5, ge=0.01, le=0.99)
    """Share of those who take part that see B."""
    smallest_effect: float = Field(gt=0, lt=1)
    """Smallest difference of the shares of users who find the answers helpful that is worth having."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often an experiment without a difference may name a winner, however often it is looked at."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """How often a difference of the smallest effect is to be found; the recommended number of users follows."""

    @model_validator(mode="after")
    def _differs(self) -> Self:
        if self.a == self.b:
            raise SameVariantsError
        return self

    def variant_of(self, user: str) -> VariantName | None:
        """Return what a user sees; None for one who does not take part. The same user always sees the same.

        Raises:
            MissingUserError: The user has no name.
        """
        if not user:
            raise MissingUserError
        if _share(self.name, "takes part", user) >= self.share_of_users:
            return None
        return "B" if _share(self.name, "sees B", user) < self.share_b else "A"

    def changes_of(self, variant: VariantName) -> AnswerChanges:
        """Return what a variant changes."""
        return self.a if variant == "A" else self.b


def _share(*parts: str) -> float:
    """Return a number from 0 to below 1 that is spread evenly over users, the same for the same parts."""
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:8]) >> 11) / _PARTS

"""What a variant of the answer changes: prompts, retrieval and the model's parameters, all of them together."""

from typing import Any

from pydantic import Field, field_serializer

from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel


class SameVariantsError(InvalidInputError):
    """Both variants are the same."""

    def __init__(self) -> None:
        super().__init__(
            "A and B change the same, so that there is nothing to compare.",
            remedy="Let B change a prompt's version, the retrieval or the model's parameters.",
        )


class PromptVersions(FrozenModel):
    """Which version of each prompt is used; None: the current one."""

    answer: str | None = None
    expand: str | None = None
    self_query: str | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """The versions that are named, by prompt."""
        return {name: version for name, version in self.model_dump().items() if version is not None}


class ModelParameters(FrozenModel):
    """How the language model is asked; None: as configured."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    max_output_tokens: int | None = Field(default=None, gt=0)
    seed: int | None = None


class AnswerChanges(FrozenModel):
    """A variant: what is changed of the answer as it is configured. Several changes are one variant."""

    prompts: PromptVersions = PromptVersions()
    retrieval: Retrieval = Retrieval()
    """Only the keys that are set are changed, also inside `fusion`, `feedback`, `smoothing` and `reranking`."""
    model: ModelParameters = ModelParameters()
    passages: int | None = Field(default=None, ge=1, le=50)
    """How many passages an answer may rest on; None: as the experiment says."""

    @field_serializer("retrieval")
    def _only_what_is_set(self, retrieval: Retrieval) -> dict[str, Any]:
        return retrieval.model_dump(mode="json", exclude_unset=True)

    def __eq__(self, other: object) -> bool:
        """Whether two variants change the same; a default that is set is a change, one that is not is none."""
        return isinstance(other, AnswerChanges) and self.model_dump_json() == other.model_dump_json()

    def __hash__(self) -> int:
        """Return a hash that equal variants share."""
        return hash(self.model_dump_json())

    def retrieval_over(self, base: Retrieval) -> Retrieval:
        """Return the retrieval of the variant, given how it is configured."""
        return Retrieval.model_validate(_merged(base.model_dump(), self.retrieval.model_dump(exclude_unset=True)))

    def fingerprint(self, base: str) -> str:
        """Return a hash of what the variant is, given a description of all that it does not change."""
        return content_hash(self.model_dump_json(), base)


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged

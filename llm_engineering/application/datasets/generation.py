"""How training data is generated: what the YAML file of a run says."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from llm_engineering.application.datasets.extracts import Extracting
from llm_engineering.domain.documents import Category
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import SampleKind


class GeneratorChoice(StrEnum):
    """Who writes samples."""

    AUTO = "auto"
    """The language model of the settings, if one is set, else the templates."""
    LANGUAGE_MODEL = "language_model"
    TEMPLATES = "templates"


class Writing(FrozenModel):
    """How a language model is asked for samples."""

    samples_per_extract: int = Field(default=3, ge=1, le=20)
    """At most so many are asked for at a time."""
    concurrency: int = Field(default=8, ge=1, le=64)
    """Requests at the same time."""
    tries: int = Field(default=3, ge=1, le=10)
    """How often an extract is asked about whose reply cannot be used; failures of the server are tried again besides,
    as LANGUAGE_MODEL_TRIES says."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    seed: int | None = None
    """Makes sampling repeatable, as far as the model can."""
    max_output_tokens: int = Field(default=1500, ge=50)
    """Of one reply, with all its samples."""
    prompt_version: str | None = None
    """Version of the prompt "instruct_samples" or "preference_samples"; None: the current one."""


class Generation(FrozenModel):
    """What is generated of which documents, and how."""

    kind: SampleKind
    categories: Annotated[tuple[Category, ...], Field(min_length=1)] = (Category.ARTICLES, Category.POSTS)
    """Documents of other categories are left out and counted."""
    generator: GeneratorChoice = GeneratorChoice.AUTO
    extracts: Extracting = Extracting()
    writing: Writing = Writing()
    test_share: float = Field(default=0.1, ge=0, le=1)
    """Share of the documents whose samples test. Which ones follows from their ids, so it stays the same."""


class NoEvaluationFileError(InvalidInputError):
    """An evaluation set is not where it is said to be."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no file {name!r} with an evaluation set.",
            remedy="Correct `checking.evaluation_files`; paths begin where the command is run.",
        )
        self.name = name


class Checking(FrozenModel):
    """How samples are checked before they are used, beside the gates themselves."""

    max_failed_share: float = Field(default=0.1, ge=0, le=1)
    """The run fails if a larger share of the requests to a language model brought nothing: the model failed, its reply
    could not be used, or the budget was spent. What it replied is kept; the next run goes on from there."""
    evaluation_files: tuple[str, ...] = ()
    """Files of evaluation sets, none of whose texts a sample may hold: JSON, JSON Lines, Parquet or lines of text."""
    by_meaning: bool = False
    """Whether answers are compared with their sources by the embedding model too, which takes about a second for each
    fifty samples."""

    @model_validator(mode="after")
    def _require_files(self) -> Self:
        for name in self.evaluation_files:
            if not Path(name).is_file():
                raise NoEvaluationFileError(name)
        return self

"""What a YAML file says of an evaluation of models."""

from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.evaluate.model_scoring.promotion import PromotionGate
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.suggestions import did_you_mean

_NAME: Final = r"^[a-z][a-z0-9_]{0,39}$"


class ModelKind(StrEnum):
    """How a model is reached."""

    FOLDER = "folder"
    """Its weights lie in a folder, and it runs here."""
    SETTINGS = "settings"
    """It is the language model of the settings."""
    RAG = "rag"
    """It answers from the index, with citations."""


class PerplexityTexts(StrEnum):
    """Which texts of the author perplexity is measured on."""

    DOCUMENTS = "documents"
    """The documents of the warehouse that only held-out samples were made of."""
    ANSWERS = "answers"
    """The answers of the held-out samples."""


class EvaluatedModelError(InvalidInputError):
    """What is said of a model contradicts itself or lacks something."""


class EvaluatedModel(FrozenModel):
    """One model that is scored."""

    name: str = Field(pattern=_NAME)
    """Short name in the report: "base", "sft", "dpo", "rag"."""
    kind: ModelKind = ModelKind.FOLDER
    folder: str | None = None
    """Of the weights, absolute or below the data folder. With kind rag: of the model that writes the answers; where
    neither it nor `hub_id` is set, that of the settings does."""
    hub_id: str | None = None
    """In the place of a folder: a model of the Hugging Face Hub, as owner/name."""
    model: str | None = None
    """With kind settings: a model at the provider of the settings; None: the one that is set."""
    answering: Answering = Answering()
    """With kind rag: how questions are answered."""
    passages: int = Field(default=5, ge=1, le=50)
    """With kind rag: how many passages an answer may rest on."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """Questions that may be under way at a time; a model that runs here answers one after the other."""

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.kind is ModelKind.FOLDER and not self.runs_here:
            raise EvaluatedModelError(
                f"The model {self.name!r} of kind folder names no folder.",
                remedy="Set `folder` or `hub_id`, or another `kind`: settings or rag.",
            )
        if self.folder is not None and self.hub_id is not None:
            raise EvaluatedModelError(
                f"The model {self.name!r} names the folder {self.folder!r} and the model {self.hub_id!r} of the Hub.",
                remedy="Take one of them out.",
            )
        if self.kind is ModelKind.SETTINGS and self.runs_here:
            raise EvaluatedModelError(
                f"The model {self.name!r} of kind settings names the folder {self.folder or self.hub_id!r}.",
                remedy="Take `folder` and `hub_id` out, or set `kind: folder`.",
            )
        if self.kind is not ModelKind.SETTINGS and self.model is not None:
            raise EvaluatedModelError(
                f"The model {self.name!r} of kind {self.kind} names the model {self.model!r}.",
                remedy="Take `model` out, or set `kind: settings`.",
            )
        return self

    @property
    def runs_here(self) -> bool:
        """Whether its weights are loaded into this process."""
        return self.folder is not None or self.hub_id is not None

    @property
    def places(self) -> int:
        """Questions that may be under way at a time."""
        return 1 if self.runs_here else self.concurrency


class EvaluationData(FrozenModel):
    """What models are asked."""

    dataset: str | None = None
    """A file or a folder, also one below the data folder, or owner/name on the Hugging Face Hub; None: the instruct
    set of the last run of `generate_datasets`."""
    held_out: int = Field(default=100, ge=0)
    """At most so many samples of its test side; 0: none."""
    golden: int = Field(default=50, ge=0)
    """At most so many golden questions; 0: none."""
    golden_version: str | None = None
    """Which golden set; None: the one that was written last."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.held_out and not self.golden:
            raise NothingAskedError
        return self


class NothingAskedError(InvalidInputError):
    """No question is wanted."""

    def __init__(self) -> None:
        super().__init__("data.held_out and data.golden are both 0.", remedy="Set one of them to 20 or more.")


class Speaking(FrozenModel):
    """How models are asked that do not answer from the index."""

    max_output_tokens: int = Field(default=256, gt=0)
    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 always takes the likeliest token."""
    seed: int = 0


class Memorisation(FrozenModel):
    """What answers are compared with to find copies."""

    documents: bool = False
    """Whether all documents of the author count too, besides the training samples."""
    memorised_words: int = Field(default=50, ge=8)
    """An answer with a copied span of so many words counts as memorised."""


class Perplexity(FrozenModel):
    """What perplexity is measured on."""

    texts: PerplexityTexts = PerplexityTexts.DOCUMENTS
    max_texts: int = Field(default=30, ge=1)
    max_characters: int = Field(default=20_000, ge=100)
    """A longer text is read up to there."""
    window_tokens: int = Field(default=1024, ge=16)
    """Tokens that a model sees at once, at most its context; each is predicted once, from half of them or more."""


class ModelEvaluating(FrozenModel):
    """Which models are scored by what, and which one may be promoted."""

    models: tuple[EvaluatedModel, ...] = Field(min_length=1)
    baseline: str
    """Name of the model that the others are compared with."""
    candidate: str | None = None
    """Name of the model that is to be promoted; None: nobody is."""
    author: str | None = None
    """Full name of whom answers are to sound like; None: the one author of the data set, if it has one."""
    data: EvaluationData = EvaluationData()
    speaking: Speaking = Speaking()
    judge: Judging | None = None
    """Lets a language model grade each answer and compare it with the baseline's; None: nobody is asked."""
    judge_concurrency: int = Field(default=4, ge=1, le=64)
    """Answers that may be judged at a time."""
    memorisation: Memorisation = Memorisation()
    perplexity: Perplexity | None = Perplexity()
    """None: it is not measured."""
    max_failed_share: float = Field(default=0.1, ge=0, le=1)
    """The run fails if a model leaves a larger share of the questions without an answer."""
    gate: PromotionGate = PromotionGate()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        names = [model.name for model in self.models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise EvaluatedModelError(
                f"Two models are called {', '.join(twice)}.", remedy="Give each a name of its own."
            )
        for role, name in (("baseline", self.baseline), ("candidate", self.candidate)):
            if name is not None and name not in names:
                raise EvaluatedModelError(
                    f"`{role}` is {name!r}, which is none of the models.{did_you_mean(name, names)}",
                    remedy=f"Choose from: {', '.join(names)}.",
                )
        if self.candidate == self.baseline:
            raise EvaluatedModelError(
                f"`candidate` and `baseline` are both {self.baseline!r}.",
                remedy="Compare the candidate with another model, or leave `candidate` unset.",
            )
        return self

    def model(self, name: str) -> EvaluatedModel:
        """Return a model by its name."""
        return next(model for model in self.models if model.name == name)

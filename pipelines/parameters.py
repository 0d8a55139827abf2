"""What the `parameters:` of a YAML file may say for each pipeline.

Everything that can be checked without a network or a store is checked when the file is read.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.generation import Checking, Generation
from llm_engineering.application.evaluate.gate import GateRule
from llm_engineering.application.evaluate.making import Asking
from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.index.shards.planning import MOST_SHARDS
from llm_engineering.application.index.switch_rule import Switching
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.summarize.summary import Summarizing
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.promotion import Promotion
from llm_engineering.application.train.registry import Registration
from llm_engineering.domain.authors import Author
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob, Where, required_job
from llm_engineering.infrastructure.datasets.sharing import Sharing
from llm_engineering.infrastructure.models.hub import ModelPublication


def _checked_name(full_name: str) -> str:
    return Author.from_full_name(full_name).full_name


FullName = Annotated[str, AfterValidator(_checked_name)]


class CrawlParameters(CrawlRules):
    """How links are crawled, and when that counts as failed."""

    max_failed_share: float = Field(default=0.5, ge=0, le=1)
    """The run fails when a larger share of the links fails."""


class AuthorLinks(FrozenModel):
    """An author and where he writes."""

    author_full_name: FullName
    links: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Each a link, or a mapping that says more about it."""


class DigitalDataEtl(AuthorLinks, CrawlParameters):
    """Parameters of `digital_data_etl`."""


class FeatureEngineering(FrozenModel):
    """Parameters of `feature_engineering`."""

    author_full_names: Annotated[tuple[FullName, ...], Field(min_length=1)]
    chunking: Chunking = Chunking()
    switching: Switching = Switching()
    price_per_million_tokens: float | None = Field(default=None, ge=0, exclude=True)
    """What the embedder costs, for `python -m tools.index --dry-run`; the pipeline has no use for it."""
    shards: int = Field(default=1, ge=1, le=MOST_SHARDS, exclude=True)
    """In how many parts the documents are indexed at the same time. Above 1 the pipeline is
    `sharded_feature_engineering`, with the same result."""

    @property
    def sharded(self) -> "ShardedFeatureEngineering | None":
        """The parameters of the pipeline that does the same in shards; None if there is one shard."""
        if self.shards == 1:
            return None
        return ShardedFeatureEngineering.model_validate({**self.model_dump(), "shards": self.shards})


class ShardedFeatureEngineering(FrozenModel):
    """Parameters of `sharded_feature_engineering`."""

    author_full_names: Annotated[tuple[FullName, ...], Field(min_length=1)]
    chunking: Chunking
    switching: Switching
    shards: int = Field(ge=2, le=MOST_SHARDS)


class EndToEndData(CrawlParameters):
    """Parameters of `end_to_end_data`."""

    authors: Annotated[tuple[AuthorLinks, ...], Field(min_length=1)]
    chunking: Chunking = Chunking()
    switching: Switching = Switching()


class MakeGolden(FrozenModel):
    """Parameters of `make_golden`."""

    author_full_names: Annotated[tuple[FullName, ...], Field(min_length=1)]
    asking: Asking = Asking()


class EvaluateRetrieval(FrozenModel):
    """Parameters of `evaluate_retrieval`."""

    golden_version: str | None = None
    """Which golden set; None means the one that was written last."""
    retrieval: Retrieval = Retrieval()
    compare_ways: bool = True
    """Whether to search by meaning alone and by words alone too."""
    gate: GateRule = GateRule()
    accept: bool = False
    """Whether the figures are accepted, whatever they are; `--accept` sets it."""


class CompareAnswers(OfflineExperiment):
    """Parameters of `compare_answers`."""


class Evaluating(ModelEvaluating):
    """Parameters of `evaluating`."""

    promotion: Promotion | None = None
    """None: the registry is left alone."""
    where: Where = Where.LOCAL
    """Where the models that are folders run."""
    sagemaker: SageMakerJob | None = None
    """With `where: sagemaker`: on what the job runs."""

    @model_validator(mode="after")
    def _has_somewhere_to_run(self) -> Self:
        required_job(self.where, self.sagemaker)
        return self


class Summarize(FrozenModel):
    """Parameters of `summarize`."""

    documents: Annotated[tuple[str, ...], Field(min_length=1)]
    """Links of stored documents, paths, or addresses of pages, PDF, DOCX and EPUB files on the web."""
    summarizing: Summarizing = Summarizing()
    reading: CrawlRules = CrawlRules()
    """How files and the web are read."""
    max_failed_share: float = Field(default=0.5, ge=0, le=1)
    """The run fails when a larger share of the documents has no summary."""


class GenerateDatasets(FrozenModel):
    """Parameters of `generate_datasets`."""

    author_full_names: Annotated[tuple[FullName, ...], Field(min_length=1)]
    generation: Generation
    gates: DatasetGates = DatasetGates()
    checking: Checking = Checking()
    sharing: Sharing = Sharing()


class UnregisteredPublicationError(InvalidInputError):
    """A model is to be pushed that has no version."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            f"`publication` names {repository}, and `registration` is empty.",
            remedy="Set `registration: {name: twin}`: what is pushed is a registered version, with its card.",
        )
        self.repository = repository


class Training(TrainingPlan):
    """Parameters of `training`."""

    registration: Registration | None = Registration()
    """None: the model is not registered."""
    publication: ModelPublication | None = None
    """None: it is not pushed to the Hugging Face Hub."""
    where: Where = Where.LOCAL
    """Where it is trained."""
    sagemaker: SageMakerJob | None = None
    """With `where: sagemaker`: on what the job runs."""

    @model_validator(mode="after")
    def _registered_before_it_is_published(self) -> Self:
        if self.publication is not None and self.registration is None:
            raise UnregisteredPublicationError(self.publication.repository)
        return self

    @model_validator(mode="after")
    def _has_somewhere_to_run(self) -> Self:
        required_job(self.where, self.sagemaker)
        return self

    @property
    def plan(self) -> TrainingPlan:
        """What is trained, and how."""
        return TrainingPlan.model_validate(self.model_dump(include=set(TrainingPlan.model_fields)))


class ExportArtifactToJson(FrozenModel):
    """Parameters of `export_artifact_to_json`."""

    artifact_names: Annotated[tuple[str, ...], Field(min_length=1)]
    output_dir: str = "data/artifacts"

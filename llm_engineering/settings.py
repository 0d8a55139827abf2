"""One typed place for everything that depends on where the twin runs: environment variables, then `.env`."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from llm_engineering.domain.errors import TwinError


class LanguageModelProvider(StrEnum):
    """How a language model is reached."""

    EXTRACTIVE = "extractive"
    """Not at all: the best passages are quoted."""
    OPENAI = "openai"
    """By the chat interface of OpenAI, which vLLM, TensorRT-LLM, Ollama and LM Studio have too."""
    SAGEMAKER = "sagemaker"
    TRANSFORMERS = "transformers"
    """In this process."""


class InvalidSettingsError(TwinError):
    """Variables of the environment or of `.env` have values that cannot be used."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(
            f"The settings cannot be used: {'; '.join(faults)}.",
            remedy="Correct them in the environment or in .env; .env.example lists all.",
        )
        self.faults = tuple(faults)


class Settings(BaseSettings):
    """Settings of a process. Each field is read from the environment variable of its name in capitals.

    Nothing has to be set: without a word everything is embedded and lies under `data_folder`. An empty variable,
    as in a copied `.env.example`, counts as unset.

    Raises:
        InvalidSettingsError: A value cannot be used; all such are named.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_folder: Path = Path("data")
    """Folder of the embedded stores; made when it is first written to."""

    database_host: SecretStr | None = None
    """MongoDB connection string; unset means SQLite in `data_folder`. A secret, because it may hold a password."""
    database_name: str = "twin"
    """Database inside MongoDB."""

    qdrant_url: str | None = None
    """Address of a Qdrant server or cloud cluster; unset means Qdrant Edge in `data_folder`."""
    qdrant_api_key: SecretStr | None = None
    """Key of the Qdrant server; sent only over TLS or to a loopback address."""
    qdrant_collection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$")] = "twin_chunks"
    """Collection that chunks are written to and read from."""
    qdrant_shards: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Shards of a new collection on a Qdrant cluster; unset means 1. They cannot be changed later."""
    qdrant_replicas: Annotated[int, Field(ge=1, le=20)] | None = None
    """Copies of each shard; unset means 1 of a new collection, and of another one what it has."""
    qdrant_write_consistency: Annotated[int, Field(ge=1, le=20)] | None = None
    """Copies that have to have a write before it counts, at most `qdrant_replicas`; unset means 1."""
    qdrant_rounded_vectors: bool = True
    """Whether a large collection keeps a byte per number in memory beside its vectors, and searches that first."""
    qdrant_vectors_on_disk: bool = False
    """Whether the exact vectors stay on the disk, and only the rounded ones in memory."""
    qdrant_hnsw_m: Annotated[int, Field(ge=4, le=128)] = 16
    """Edges of a point in the graph of a large collection; more find more, and take more memory."""
    qdrant_hnsw_ef_construct: Annotated[int, Field(ge=4, le=2000)] = 100
    """Candidates for them when the graph is built."""
    qdrant_hnsw_ef: Annotated[int, Field(ge=1, le=10_000)] = 128
    """Candidates that a search looks at."""
    qdrant_oversampling: Annotated[float, Field(ge=1, le=100)] = 4.0
    """How many times as many as are asked for are found by the rounded vectors, and ordered by the exact ones."""

    store_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    """How long to wait for an answer of a store before giving up."""

    github_token: SecretStr | None = None
    """Token by which GitHub answers more questions about the repositories of a profile; none is needed for a few."""
    gitlab_token: SecretStr | None = None
    """The same for gitlab.com."""

    text_embedding_model_id: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Embedding model: an id on the Hugging Face Hub or a local folder."""
    text_embedding_backend: Literal["auto", "cpu-float32", "cpu-bfloat16", "cuda-float32", "cuda-bfloat16"] = "auto"
    """Device and arithmetic of the embedding; by itself that of the live index, else the fastest that is as good."""

    service_host: str = "127.0.0.1"
    """Address that the service listens at; others than this machine reach it only with a key."""
    service_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port of the service; 0 takes a free one."""
    service_api_keys: SecretStr | None = None
    """Keys that the service accepts, separated by commas; unset, only this machine may ask, without a key."""
    service_allowed_hosts: str | None = None
    """Names by which the service is called, separated by commas; unset, those of loopback, or with a key any."""
    service_cors_origins: str | None = None
    """Web sites whose scripts may ask from a browser, separated by commas; unset, only the page of the service."""
    service_rate_limit: str = "120/minute"
    """Requests per key, or without keys per address: "10/second; 300/hour", or "none"."""
    service_max_body_bytes: Annotated[int, Field(ge=1024, le=100_000_000)] = 262_144
    """Largest body of a request."""
    service_max_concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    """Requests that are worked on at the same time."""
    service_max_waiting: Annotated[int, Field(ge=0, le=10_000)] = 64
    """Further requests that wait; those beyond are told to come again."""
    service_deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """For one answer, its wait included."""
    service_drain_seconds: Annotated[float, Field(ge=0, le=600)] = 10.0
    """How long a service that is stopped may finish what it is working on."""
    service_index_seconds: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    """How often the service looks whether another index has gone live, to answer from it; 0 for never."""
    service_docs: bool = False
    """Whether /docs shows the interface in a browser, which loads scripts from a public CDN for it."""

    online_experiment: str | None = None
    """Name of a started experiment whose variants the service shows to its users; unset means none."""

    prompt_origin: Literal["code", "store", "opik"] = "code"
    """Where prompts come from; what the store or Opik does not have comes from the code."""
    prompt_versions: str | None = None
    """Versions that are used instead of the current ones, as "answer=v2,expand=v1"."""
    prompt_cache_seconds: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    """How long a prompt of the store or of Opik is used before it is asked for again."""
    allow_other_contract: bool = False
    """Whether a model may be used that was trained with other prompts or another chat template than are used now."""

    keep_traces_days: Annotated[float, Field(ge=0)] = 30
    """How long it is kept how answers came about; 0 keeps nothing, and no answer can be followed back then."""
    keep_traces_number: Annotated[int, Field(gt=0)] = 10_000
    """Most traces that are kept; the oldest go first."""

    opik_api_key: SecretStr | None = None
    """Key of Opik; with it, traces are sent there too."""
    opik_url_override: str | None = None
    """Address of an Opik server of your own, for which no key is needed; unset means Comet's cloud."""
    opik_workspace: str | None = None
    """Workspace of the key in Comet's cloud."""
    opik_project: str | None = None
    """Project that the traces belong to; unset means "twin"."""
    comet_api_key: SecretStr | None = None
    """Key of Comet, for runs of training. It is that of Opik's cloud too, where `opik_workspace` or `opik_project` is
    set."""
    experiment_tracker: Literal["auto", "online", "offline", "off"] = "auto"
    """Where runs of training are recorded: at Comet, in a ZIP that can be uploaded later, or nowhere; by itself at
    Comet if there is a key, else in a ZIP."""
    comet_project: str = "twin"
    """Project of Comet that runs belong to."""
    comet_workspace: str | None = None
    """Workspace of the key; unset means its default."""
    comet_url_override: str | None = None
    """Address of a Comet server of your own; unset means Comet's cloud."""

    @property
    def pinned_prompt_versions(self) -> dict[str, str]:
        """`prompt_versions` by the name of the prompt."""
        return _versions(self.prompt_versions or "")

    language_model_provider: LanguageModelProvider | None = None
    """What writes answers; unset means what the settings below name, and the author's own passages if none does."""
    openai_base_url: str | None = None
    """Address of a server with OpenAI's chat interface; unset means OpenAI itself."""
    openai_api_key: SecretStr | None = None
    """Its key; sent only over TLS or to a loopback address."""
    openai_model_id: str | None = None
    """Name of the model there; unset means gpt-4o-mini at OpenAI."""
    sagemaker_endpoint_inference: str | None = None
    """Name of a SageMaker endpoint that serves a chat model."""
    sagemaker_component_inference: str | None = None
    """Name of the inference component of that endpoint, if its model is one."""
    aws_region: str | None = None
    """Region of the endpoint; unset means that of the AWS configuration of this machine."""
    aws_access_key: SecretStr | None = None
    """Id of a key of AWS; unset, credentials are found as all tools of AWS find them, which is safer."""
    aws_secret_key: SecretStr | None = None
    """The secret of that key."""
    aws_arn_role: str | None = None
    """ARN of the role that containers in SageMaker run as."""
    settings_secret_name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")] = "llm-twin-settings"  # noqa: S105 - a name
    """Secret of ZenML that steps on other machines have their settings from; ZenML gives it to them as variables."""
    hf_model_id: str | None = None
    """Chat model that runs in this process: a local folder or an id on the Hugging Face Hub."""
    huggingface_access_token: SecretStr | None = None
    """Token of the Hub: for models that ask for one, and with the right to write for pushing data sets and models."""

    temperature_inference: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0 always takes the likeliest word."""
    max_new_tokens_inference: Annotated[int, Field(gt=0, le=100_000)] = 512
    """Most tokens of an answer."""

    language_model_connect_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    """How long to wait for a connection."""
    language_model_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """How long to wait for a whole answer."""
    language_model_token_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """How long to wait for the first piece of a streamed answer, and for each further one."""
    language_model_tries: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a model is asked while the cause of its failures may pass."""

    language_model_prompt_price: Annotated[float, Field(ge=0)] | None = None
    """What a million tokens of a prompt cost, in any one currency."""
    language_model_completion_price: Annotated[float, Field(ge=0)] | None = None
    """What a million tokens of a reply cost, in the same currency."""
    language_model_budget: Annotated[float, Field(ge=0)] | None = None
    """What calls may cost together; the call that could exceed it is not made."""
    language_model_budget_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """The days up to now whose calls count for the budget."""

    @property
    def opik_key(self) -> SecretStr | None:
        """The key that Opik is to be asked with.

        A key of Comet alone, as training needs it, does not send anybody's questions to a cloud; nor is it sent to a
        server of one's own.
        """
        if self.opik_api_key is not None or self.opik_url_override is not None:
            return self.opik_api_key
        is_wanted = self.opik_workspace is not None or self.opik_project is not None
        return self.comet_api_key if is_wanted else None

    @property
    def sends_traces(self) -> bool:
        """Whether traces go to Opik."""
        return self.opik_key is not None or self.opik_url_override is not None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """All secrets that are set."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value for value in values if isinstance(value, SecretStr))

    @property
    def git_tokens(self) -> dict[str, SecretStr]:
        """The tokens that are set, by the name of their host."""
        tokens = {"github.com": self.github_token, "gitlab.com": self.gitlab_token}
        return {host: token for host, token in tokens.items() if token is not None}

    @field_validator("prompt_versions")
    @classmethod
    def _require_versions(cls, value: str | None) -> str | None:
        if value is not None:
            _versions(value)
        return value

    @field_validator("qdrant_write_consistency")
    @classmethod
    def _require_copies(cls, value: int | None, info: ValidationInfo) -> int | None:
        copies = info.data.get("qdrant_replicas") or 1
        if value is not None and value > copies:
            raise ValueError(f"a write cannot wait for more copies than QDRANT_REPLICAS says ({copies})")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _refused_by_variable(cls, values: object, validated: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return validated(values)
        except ValidationError as error:
            raise InvalidSettingsError([
                f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}, got {fault['input']!r:.80}"
                for fault in error.errors(include_url=False)
            ]) from error


def _versions(text: str) -> dict[str, str]:
    """Return versions by name.

    Raises:
        ValueError: An item is not NAME=VERSION, or a name comes twice.
    """
    versions: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, version = map(str.strip, item.partition("="))
        if not name or not version:
            raise ValueError(f"{item!r:.80} is not NAME=VERSION, such as answer=v2")
        if name in versions:
            raise ValueError(f"{name!r:.80} is named twice")
        versions[name] = version
    return versions

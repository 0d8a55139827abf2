"""One typed place for everything that depends on where the twin runs: environment variables, then `.env`."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, SecretStr, ValidationError, model_validator
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
    aws_region: str | None = None
    """Region of the endpoint; unset means that of the AWS configuration of this machine."""
    hf_model_id: str | None = None
    """Chat model that runs in this process: a local folder or an id on the Hugging Face Hub."""
    huggingface_access_token: SecretStr | None = None
    """Token for models on the Hub that ask for one."""

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
    def git_tokens(self) -> dict[str, SecretStr]:
        """The tokens that are set, by the name of their host."""
        tokens = {"github.com": self.github_token, "gitlab.com": self.gitlab_token}
        return {host: token for host, token in tokens.items() if token is not None}

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

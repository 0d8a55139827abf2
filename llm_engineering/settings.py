"""One typed place for everything that depends on where the twin runs: environment variables, then `.env`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from llm_engineering.domain.errors import TwinError


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
    service_docs: bool = False
    """Whether /docs shows the interface in a browser, which loads scripts from a public CDN for it."""

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

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
    """Key of Comet. It is that of Opik's cloud too, where `opik_workspace` or `opik_project` is set."""

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

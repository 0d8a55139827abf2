"""One typed place for everything that depends on where the twin runs: environment variables, then `.env`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of a process. Each field is read from the environment variable of its name in capitals.

    Nothing has to be set: without a word everything is embedded and lies under `data_folder`.
    """

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

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
    qdrant_collection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")] = "twin_chunks"
    """Collection that chunks are written to and read from."""

    store_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    """How long to wait for an answer of a store before giving up."""

    text_embedding_model_id: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Embedding model: an id on the Hugging Face Hub or a local folder."""

    @field_validator("database_host", "qdrant_url", "qdrant_api_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """Read an empty variable, as in a copied `.env.example`, as unset."""
        return None if isinstance(value, str) and not value.strip() else value

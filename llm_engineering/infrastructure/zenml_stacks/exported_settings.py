"""Which settings go into ZenML's secret, and why the others do not; knows no ZenML."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.settings import Settings

_LOOPBACK: Final = re.compile(
    r"(?:^|[/@,])(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)(?=[:/,?]|$)", re.IGNORECASE
)
_SERVICE: Final = "it is for the service, which runs in no step"
_ROLE: Final = "a step has no key: it runs as the execution role"
_STAYING: Final[Mapping[str, str]] = {
    "data_folder": "it is a folder of this machine",
    "aws_access_key": _ROLE,
    "aws_secret_key": _ROLE,
    "aws_arn_role": "only who starts jobs needs it",
    "settings_secret_name": "it names the secret itself",
    "online_experiment": _SERVICE,
}
_ADDRESSES: Final = ("database_host", "qdrant_url", "openai_base_url", "opik_url_override", "comet_url_override")
_MODELS: Final = ("text_embedding_model_id", "hf_model_id")


class NothingToExportError(InvalidInputError):
    """No setting is set that a step elsewhere could use."""

    def __init__(self) -> None:
        super().__init__(
            "No setting is set that steps on other machines could use.",
            remedy="Set at least DATABASE_HOST and QDRANT_URL in .env, to servers that they can reach.",
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A variable that is not exported."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExportedSettings:
    """What goes into the secret."""

    values: Mapping[str, SecretStr]
    """By the name of the variable, in the order of the settings."""
    left_out: tuple[LeftOut, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise NothingToExportError


def exported_settings(settings: Settings, names: Iterable[str] = ()) -> ExportedSettings:
    """Return the settings that are set, as variables of the environment.

    Args:
        settings: Of this process.
        names: Of all variables in `.env`, so that it can be told which are no settings.

    Raises:
        NothingToExportError: None is left.
    """
    values: dict[str, SecretStr] = {}
    left_out: list[LeftOut] = []
    for field in Settings.model_fields:
        if field not in settings.model_fields_set:
            continue
        name, text = field.upper(), _text(getattr(settings, field))
        if text is None:
            continue
        if reason := _reason_to_stay(field, text):
            left_out.append(LeftOut(name, reason))
        else:
            values[name] = SecretStr(text)
    known = {field.upper() for field in Settings.model_fields}
    left_out += [LeftOut(name, "it is no setting of the twin") for name in names if name.upper() not in known]
    return ExportedSettings(values, tuple(left_out))


def is_here(address: str) -> bool:
    """Whether an address, or one of those of a connection string, is one of this machine."""
    return _LOOPBACK.search(address) is not None


def _reason_to_stay(field: str, text: str) -> str | None:
    if field in _STAYING:
        return _STAYING[field]
    if field.startswith("service_"):
        return _SERVICE
    if field in _ADDRESSES and is_here(text):
        return "it is an address of this machine, which steps elsewhere do not reach"
    if field in _MODELS and Path(text).expanduser().exists():
        return "it is a folder of this machine"
    return None


def _text(value: Any) -> str | None:  # noqa: ANN401 - any setting
    """Return a value as it would stand in `.env`."""
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value if isinstance(value, Enum) else value)

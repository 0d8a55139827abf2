"""Which backend was found best, kept on the disk so that it is measured once."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from loguru import logger
from pydantic import TypeAdapter, ValidationError

from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.embedders.backends import Backend
from llm_engineering.infrastructure.embedders.measurement import Measurement

VerdictKey = tuple[str, tuple[str, ...], str, str]


class Verdict(FrozenModel):
    """The best backend for a model on a machine, and what that was concluded from."""

    processor: str
    accelerators: tuple[str, ...]
    """Names of the graphics cards."""
    torch: str
    """Version of torch."""
    model: str
    """Digest of the model: its name alone would not tell versions apart."""
    backend: Backend
    measured: tuple[Measurement, ...]

    @property
    def key(self) -> VerdictKey:
        """What it holds for."""
        return (self.processor, self.accelerators, self.torch, self.model)


_VERDICTS = TypeAdapter(tuple[Verdict, ...])


def kept_verdicts(path: Path) -> Mapping[VerdictKey, Verdict]:
    """Return the verdicts in a file by what they hold for; none if it is not there or cannot be read."""
    try:
        verdicts = _VERDICTS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        # Nothing is lost but a second: they are measured again.
        logger.warning("{path} cannot be read and is written anew: {error}", path=path, error=type(error).__name__)
        return {}
    return {verdict.key: verdict for verdict in verdicts}


def keep_verdict(path: Path, verdict: Verdict) -> None:
    """Add a verdict to a file, in place of an older one; where that may not be written, say so and go on."""
    verdicts = {**kept_verdicts(path), verdict.key: verdict}
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps([each.model_dump(mode="json") for each in verdicts.values()]), encoding="utf-8")
        draft.replace(path)  # a reader sees the old file or the new one
    except OSError as error:
        logger.warning("the best backend is measured again next time: {error}", error=error)

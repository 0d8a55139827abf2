"""Which backend embeds, and which precision its vectors are said to have.

The precision belongs to the identity of a collection, so a measurement must not change that of vectors that exist:

1. A backend that the settings name is used, and its precision is the identity's.
2. With "auto" the live collection, if it was made with the same model, decides the precision, and the fastest backend
   of that precision computes. Where the machine has none, float32 on the CPU does: what bfloat16 leaves out moves
   vectors so little (cosine 0.9999) that they can be asked for, and added to, in float32.
3. With "auto" and no such collection, the backends of the machine are measured once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from loguru import logger

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.identity import content_hash
from llm_engineering.infrastructure.embedders.backends import (
    Backend,
    BackendUnavailableError,
    available_backends,
    graphics_cards,
    this_processor,
)
from llm_engineering.infrastructure.embedders.measurement import TEXTS, Measurement, best_backend, measured_backends
from llm_engineering.infrastructure.embedders.model_tokenizer import ModelTokenizer
from llm_engineering.infrastructure.embedders.verdicts import Verdict, keep_verdict, kept_verdicts

AUTO: Final = "auto"
VERDICTS_FILE: Final = "embedding-backends.json"
"""Name of the file of verdicts in the data folder."""


@dataclass(frozen=True, slots=True)
class BackendChoice:
    """What a backend is chosen by."""

    setting: str = Backend.CPU_FLOAT32
    """A backend's name, or "auto"."""
    verdicts: Path = Path(VERDICTS_FILE)
    """File that measurements are kept in."""
    live: Callable[[], EmbeddingIdentity | None] = lambda: None
    """Gives the identity of the live collection, None without one; only asked with "auto"."""

    def precision(self, folder: Path, model: str, dimension: int) -> str:
        """Return the precision of the identity of vectors; measures if nothing decides it yet.

        Args:
            folder: Of the model.
            model: Name of the model, as in its identity.
            dimension: Length of its vectors.
        """
        if self.setting != AUTO:
            return Backend(self.setting).precision
        live = self.live()
        if live is not None and (live.model, live.dimension) == (model, dimension):
            return live.precision
        return _best(folder, self.verdicts).precision

    def backend(self, precision: str) -> Backend:
        """Return what computes vectors of a precision on this machine.

        Raises:
            BackendUnavailableError: This machine has not what the setting names.
        """
        if self.setting == Backend.CPU_FLOAT32:  # which is there without a look
            return Backend.CPU_FLOAT32
        available = available_backends(this_processor())
        if self.setting == AUTO:
            return next((backend for backend in available if backend.precision == precision), Backend.CPU_FLOAT32)
        named = Backend(self.setting)
        if named not in available:
            raise BackendUnavailableError(named, available)
        return named


def _best(folder: Path, verdicts: Path) -> Backend:
    """Return the best backend as it was found before, else measure."""
    processor = this_processor()
    unmeasured = Verdict(
        processor=processor.name,
        accelerators=graphics_cards(),
        torch=version("torch"),
        model=_digest(folder),
        backend=Backend.CPU_FLOAT32,
        measured=(),
    )
    known = kept_verdicts(verdicts).get(unmeasured.key)
    if known is not None:
        return known.backend
    backends = available_backends(processor)
    measured = _measurements(folder, backends) if len(backends) > 1 else ()
    backend = best_backend(measured) if measured else Backend.CPU_FLOAT32
    keep_verdict(verdicts, unmeasured.model_copy(update={"backend": backend, "measured": measured}))
    rates = ", ".join(f"{each.backend} {each.texts_per_second:.0f} texts/s" for each in measured)
    logger.info("texts are embedded on {backend} ({rates})", backend=backend, rates=rates or "there is no other")
    return backend


def _measurements(folder: Path, backends: Sequence[Backend]) -> tuple[Measurement, ...]:
    tokenizer = ModelTokenizer(folder)
    return measured_backends(folder, backends, tokenizer.lengths(TEXTS), tokenizer.max_tokens)


def _digest(folder: Path) -> str:
    """Return what tells a model's versions apart without reading its weights: their sizes and its configuration."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return content_hash(
        *(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}" for path in files),
        *(path.read_text(encoding="utf-8") for path in files if path.name == "config.json"),
    )

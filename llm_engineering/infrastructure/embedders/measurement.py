"""How fast the backends of this machine are on a fixed text, and whether they agree."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.embedders.backends import Backend

LEAST_AGREEMENT: Final = 0.999
"""Cosine with float32 below which a backend is not used. bfloat16 has 0.9999 with the default model, which moves nDCG
by less than 0.002; int8 arithmetic has 0.989."""
LEAST_GAIN: Final = 1.2
"""How much faster than float32 another precision must be: a smaller gain is not worth vectors that differ from it,
and noise must not decide."""
SECONDS_PER_BACKEND: Final = 0.3

_SENTENCES: Final = (
    "A retrieval system answers a question with the passages that fit it best, and says where each of them stands.",
    "Der Index folgt seinen Quellen: was sich ändert, wird neu eingebettet, was verschwindet, wird gelöscht.",
    "def embed(texts): return model.encode(sorted(texts, key=len), batch_size=32, normalize_embeddings=True)",
    "In 2019, 37 % of the 1,200 respondents had trained a model; four years later it was more than half of them.",
    "The old lighthouse keeper rowed out before dawn, counting the strokes as his father had taught him to.",
    "Gradient descent follows the slope of the loss; with momentum it remembers where it was going.",
)
TEXTS: Final = tuple(
    " ".join(_SENTENCES[(first + place) % len(_SENTENCES)] for place in range(length))
    for first in range(len(_SENTENCES))
    for length in (1, 4, 7)
)
"""Short and long texts of several kinds."""


class Measurement(FrozenModel):
    """How a backend did."""

    backend: Backend
    texts_per_second: float = Field(gt=0)
    agreement: float
    """Lowest cosine similarity of a text's vector with that of float32 on the CPU."""


def measured_backends(
    folder: Path, backends: Iterable[Backend], lengths: Sequence[int], max_tokens: int
) -> tuple[Measurement, ...]:
    """Return how each backend did, about a third of a second each beside loading the model.

    Args:
        folder: Of the model.
        backends: What to measure.
        lengths: Tokens of each of `TEXTS`, at most `max_tokens`.
        max_tokens: What the model reads of a text.
    """
    from llm_engineering.infrastructure.embedders.torch_model import TorchModel

    expected = TorchModel(folder, Backend.CPU_FLOAT32, max_tokens).documents(TEXTS, lengths, prompt="")
    measured = []
    for backend in backends:
        model = TorchModel(folder, backend, max_tokens)
        rows = model.documents(TEXTS, lengths, prompt="")  # the first round prepares weights and is not timed
        seconds = _best_seconds(partial(model.documents, TEXTS, lengths, prompt=""))
        agreement = float((rows * expected).sum(axis=1).min())
        measured.append(Measurement(backend=backend, texts_per_second=len(TEXTS) / seconds, agreement=agreement))
    return tuple(measured)


def best_backend(measured: Sequence[Measurement]) -> Backend:
    """Return the fastest backend that agrees with float32; another precision only if it is worth it.

    Args:
        measured: Backends of this machine, `CPU_FLOAT32` among them.
    """
    rates = {each.backend: each.texts_per_second for each in measured if each.agreement >= LEAST_AGREEMENT}
    exact = max((backend for backend in rates if backend.precision == "float32"), key=rates.__getitem__)
    fastest = max(rates, key=rates.__getitem__)
    return fastest if rates[fastest] >= LEAST_GAIN * rates[exact] else exact


def _best_seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes when nothing else disturbs it: the shortest of its runs."""
    began = time.perf_counter()
    runs: list[float] = []
    while not runs or time.perf_counter() - began < SECONDS_PER_BACKEND:
        started = time.perf_counter()
        call()
        runs.append(time.perf_counter() - started)
    return min(runs)

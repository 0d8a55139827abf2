"""A sentence-transformers model that is loaded, and how batches are brought through it."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.infrastructure.embedders.backends import Backend
from llm_engineering.infrastructure.embedders.batching import balanced_batches

if TYPE_CHECKING:  # torch takes seconds and writes files when it is imported
    import torch

_CPU_TOKENS: Final = 2_048
"""Tokens of a batch on a CPU: its activations stay in the cache of a core. Measured, twice as many are 10 % slower."""
_CUDA_TOKENS: Final = 65_536
_CPU_STREAMS: Final = 8
"""Batches that are computed at once at most; cores beyond that help with each of them."""


class TorchModel:
    """A model on one backend; not to be used by several threads at once."""

    def __init__(self, folder: Path, backend: Backend, max_tokens: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        # A bar for loading weights only flickers between ours. The library leaves the function untyped.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # Without a type checkpoints load in the one that they were saved in.
        dtype: torch.dtype = getattr(torch, backend.precision)
        self._model = SentenceTransformer(str(folder), device=backend.device, model_kwargs={"dtype": dtype})
        self._model.max_seq_length = max_tokens
        self._model.eval()
        self._backend = backend

    @property
    def dimension(self) -> int | None:
        """Length of its vectors."""
        return self._model.get_embedding_dimension()

    def documents(self, texts: Sequence[str], lengths: Sequence[int], prompt: str) -> NDArray[np.float32]:
        """Return one unit vector per text, in the order given.

        Texts of like length are computed together. On a CPU each core has a batch of its own, which wastes less than
        when all share one, and the next batches are tokenized meanwhile.

        Args:
            texts: At least one.
            lengths: Tokens of each; only the speed depends on them.
            prompt: Put before each text.
        """
        import torch

        on_cpu = self._backend.device == "cpu"
        streams = min(torch.get_num_threads(), _CPU_STREAMS) if on_cpu else 1
        batches = balanced_batches(lengths, _CPU_TOKENS if on_cpu else _CUDA_TOKENS, streams)
        features = (self._features([texts[place] for place in batch], prompt) for batch in batches)
        streams = min(streams, len(batches))
        computed = self._computed_at_once(features, streams) if streams > 1 else map(self._vectors, features)
        rows = np.concatenate(list(computed))
        return rows[np.argsort(np.concatenate(batches))]

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of questions, each put behind the model's own prompt for questions.

        As `SentenceTransformer.encode_query` does it, whose checks and sorting take a fifth of the time of a question.
        On a CPU one core computes them: a few words are done before cores have agreed on who does what, and where other
        programs use the cores too, waiting for each other took ten times as long as computing.
        """
        with _one_core() if self._backend.device == "cpu" else nullcontext():
            features = self._features(list(texts), self._model.prompts.get("query") or "", task="query")
            return self._vectors(features, task="query")

    def _features(self, texts: list[str], prompt: str, **route: str) -> "dict[str, torch.Tensor]":
        import torch

        features = self._model.preprocess(texts, prompt=prompt, **route)
        return {
            name: value.to(self._backend.device) if isinstance(value, torch.Tensor) else value
            for name, value in features.items()
        }

    def _vectors(self, features: "dict[str, torch.Tensor]", **route: str) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            rows = self._model(features, **route)["sentence_embedding"].float().cpu().numpy()
        return _unit(rows)

    def _computed_at_once(
        self, features: "Iterable[dict[str, torch.Tensor]]", streams: int
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the vectors of the batches in their order; at most two for each stream wait in memory."""
        pending: list[Future[NDArray[np.float32]]] = []
        with _streams(streams) as pool:
            for batch in features:
                pending.append(pool.submit(self._vectors, batch))
                if len(pending) > 2 * streams:
                    yield pending.pop(0).result()
            yield from (each.result() for each in pending)


@contextmanager
def _streams(count: int) -> Iterator[ThreadPoolExecutor]:
    """Yield threads that share torch's cores between them."""
    import torch

    threads = torch.get_num_threads()
    share = max(1, threads // count)
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(share,)) as pool:
            yield pool
    finally:
        # Each thread has its own number, but what was set last is what threads to come begin with.
        torch.set_num_threads(threads)


@contextmanager
def _one_core() -> Iterator[None]:
    """Let torch use one core in this thread."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of Euclidean length 1, in float32: half the digits would leave the length inexact."""
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)

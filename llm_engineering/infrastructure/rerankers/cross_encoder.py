"""The Reranker port on the cross-encoders of sentence-transformers, computing in float32."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from llm_engineering.application.retrieve.fusion import Scores
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.embedders.model_folder import ModelUnavailableError, model_folder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH_SIZE: Final = 16


class UnusableRerankerError(InvalidInputError):
    """A model that was named for reranking is nowhere to be had, or is no cross-encoder for it."""

    def __init__(self, model: str, fault: str) -> None:
        super().__init__(
            f"The reranker {model[:100]!r} cannot be used: {fault[:300]}.",
            remedy="Set reranking.model in the configuration of the search to a cross-encoder with one score for a "
            "pair, as its id on the Hugging Face Hub or as a local folder, or leave reranking out.",
        )
        self.model = model
        self.fault = fault


class CrossEncoderReranker:
    """Scores pairs of question and passage; the weights are loaded at the first pair."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_model_id(cls, model_id: str) -> Self:
        """Return the reranker of a model id on the Hub or of a local folder.

        Raises:
            UnusableRerankerError: The model is nowhere to be had.
        """
        try:
            return cls(model_folder(model_id))
        except ModelUnavailableError as error:
            raise UnusableRerankerError(model_id, "it is no local folder, and the Hub did not give it") from error

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Return a score for each text: shape (texts,). What the model cannot read of a long text is cut off.

        Raises:
            UnusableRerankerError: It cannot be loaded, or gives no single finite score to a pair.
        """
        if not texts:
            return np.empty(0)
        pairs = [(question, text) for text in texts]
        given = self._model.predict(pairs, batch_size=BATCH_SIZE, show_progress_bar=False)
        scores = np.asarray(given, dtype=np.float64)
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise UnusableRerankerError(
                str(self._folder), f"it gives scores of shape {scores.shape} to {len(texts)} pairs"
            )
        return scores

    @cached_property
    def _model(self) -> "CrossEncoder":
        import torch
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging as transformers_logging

        # A bar for loading weights only flickers between ours. The library leaves the function untyped.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model: CrossEncoder = CrossEncoder(str(self._folder), model_kwargs={"dtype": torch.float32})
        except (OSError, ValueError) as error:
            raise UnusableRerankerError(str(self._folder), f"it cannot be loaded ({error})") from error
        return model

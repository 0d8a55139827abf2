"""The Embedder port on sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.embedders.choice import BackendChoice
from llm_engineering.infrastructure.embedders.model_folder import (
    ModelUnreadableError,
    dimension,
    document_prompt,
    model_folder,
)
from llm_engineering.infrastructure.embedders.model_tokenizer import ModelTokenizer

if TYPE_CHECKING:
    from llm_engineering.infrastructure.embedders.torch_model import TorchModel

FLOAT32_ON_THE_CPU: Final = BackendChoice()


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model, whose weights are loaded at the first text.

    Until then only the tokenizer and the configuration files are read, so that a run that finds nothing to
    embed does not pay for torch. Not to be used by several threads at once.
    """

    def __init__(self, folder: Path, name: str, choice: BackendChoice) -> None:
        self._folder = folder
        self._name = name
        self._dimension = dimension(folder)
        self._document_prompt = document_prompt(folder)
        self._choice = choice

    @classmethod
    def from_model_id(cls, model_id: str, choice: BackendChoice = FLOAT32_ON_THE_CPU) -> Self:
        """Return the embedder of a model id on the Hub or of a local folder.

        Raises:
            ModelUnavailableError: The model is nowhere to be had.
            ModelUnreadableError: Its files do not say what is needed.
        """
        return cls(model_folder(model_id), Path(model_id).name, choice)

    @cached_property
    def identity(self) -> EmbeddingIdentity:
        """Model, dimension and precision."""
        precision = self._choice.precision(self._folder, self._name, self._dimension)
        return EmbeddingIdentity(model=self._name, dimension=self._dimension, precision=precision)

    @cached_property
    def tokenizer(self) -> ModelTokenizer:
        """The model's tokenizer."""
        return ModelTokenizer(self._folder)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, in the order given: shape (len(texts), dimension).

        Raises:
            BackendUnavailableError: This machine cannot compute on the backend that the settings name.
        """
        if not texts:
            return np.empty((0, self._dimension), dtype=np.float32)
        return self._model.documents(texts, self.tokenizer.lengths(texts), self._document_prompt)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question: shape (dimension,).

        Raises:
            BackendUnavailableError: This machine cannot compute on the backend that the settings name.
        """
        row: NDArray[np.float32] = self.embed_queries([text])[0]
        return row

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of at least one question: shape (len(texts), dimension).

        Raises:
            BackendUnavailableError: This machine cannot compute on the backend that the settings name.
        """
        return self._model.queries(texts)

    @cached_property
    def _model(self) -> "TorchModel":
        from llm_engineering.infrastructure.embedders.torch_model import TorchModel

        backend = self._choice.backend(self.identity.precision)
        model = TorchModel(self._folder, backend, self.tokenizer.max_tokens)
        if model.dimension != self._dimension:
            raise ModelUnreadableError(
                self._folder, f"its files say {self._dimension} values, it has {model.dimension}"
            )
        return model

"""The Embedder port on sentence-transformers, computing in float32."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as FastTokenizer

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.embedders.model_folder import (
    ModelUnreadableError,
    dimension,
    document_prompt,
    max_tokens,
    model_folder,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32


class ModelTokenizer:
    """The Tokenizer port on a model's own `tokenizer.json`; needs no weights and no torch."""

    def __init__(self, folder: Path) -> None:
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelUnreadableError(folder, "tokenizer.json is missing")
        try:
            self._tokenizer = FastTokenizer.from_file(str(path))
        except Exception as error:  # the library has no class of its own for a file that it cannot read
            raise ModelUnreadableError(folder, f"tokenizer.json cannot be read ({error})") from error
        # A saved tokenizer may cut (MiniLM's at 128) and pad; here every token counts.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._max_tokens = max_tokens(folder)
        prompt = self._tokenizer.encode(document_prompt(folder), add_special_tokens=False)
        self._special_tokens = self._tokenizer.num_special_tokens_to_add(is_pair=False) + len(prompt.ids)

    @property
    def max_tokens(self) -> int:
        """Most tokens that the model reads of one text, its special tokens included."""
        return self._max_tokens

    @property
    def special_tokens(self) -> int:
        """Tokens that are added to every document: the model's markers and its prompt."""
        return self._special_tokens

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the character range (start, end) of each token of a text, without special tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model, whose weights are loaded at the first text.

    Until then only the tokenizer and the configuration files are read, so that a run that finds nothing to
    embed does not pay for torch.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._identity = EmbeddingIdentity(model=name, dimension=dimension(folder), precision="float32")
        self._document_prompt = document_prompt(folder)

    @classmethod
    def from_model_id(cls, model_id: str) -> Self:
        """Return the embedder of a model id on the Hub or of a local folder.

        Raises:
            ModelUnavailableError: The model is nowhere to be had.
            ModelUnreadableError: Its files do not say what is needed.
        """
        return cls(model_folder(model_id), name=Path(model_id).name)

    @property
    def identity(self) -> EmbeddingIdentity:
        """Model, dimension and precision."""
        return self._identity

    @cached_property
    def tokenizer(self) -> ModelTokenizer:
        """The model's tokenizer."""
        return ModelTokenizer(self._folder)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, in the order given: shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self._identity.dimension), dtype=np.float32)
        vectors = self._model.encode_document(
            list(texts),
            # Left to itself, the library would not find a prompt that the model calls "passage".
            prompt=self._document_prompt,
            batch_size=BATCH_SIZE,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a question: shape (dimension,)."""
        vector = self._model.encode_query([text], normalize_embeddings=True, show_progress_bar=False)[0]
        return np.asarray(vector, dtype=np.float32)

    @cached_property
    def _model(self) -> "SentenceTransformer":
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        # A bar for loading weights only flickers between ours. The library leaves the function untyped.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # Half-precision checkpoints would otherwise load as they are and break the identity's promise.
        model = SentenceTransformer(str(self._folder), model_kwargs={"dtype": torch.float32})
        model.max_seq_length = self.tokenizer.max_tokens
        loaded = model.get_embedding_dimension()
        if loaded != self._identity.dimension:
            raise ModelUnreadableError(
                self._folder, f"its files say {self._identity.dimension} values, it has {loaded}"
            )
        return model

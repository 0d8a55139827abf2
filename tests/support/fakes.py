"""Fakes of ports, small enough to be computed by hand; they pass the contract suites in `tests/contracts`."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.retrieve.fusion import Scores
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity


class WordTokenizer:
    """Each word and each sign is a token; two special tokens are added to every text."""

    def __init__(self, max_tokens: int = 256) -> None:
        self._max_tokens = max_tokens

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def special_tokens(self) -> int:
        return 2

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


class LetterEmbedder:
    """A text's vector counts its letters a, b and c, scaled to length 1; (0, 0, 0) becomes (1, 1, 1) first.

    Letters beyond the last token that is read do not count.
    """

    def __init__(self, max_tokens: int = 256) -> None:
        self.tokenizer = WordTokenizer(max_tokens)
        self.embedded: list[str] = []
        """Every text that was embedded as a document, in order."""

    @property
    def identity(self) -> EmbeddingIdentity:
        return EmbeddingIdentity(model="letters", dimension=3, precision="float32")

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(len(texts), 3)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> NDArray[np.float32]:
        readable = self.tokenizer.max_tokens - self.tokenizer.special_tokens
        read = "".join(text[start:end] for start, end in self.tokenizer.offsets(text)[:readable])
        counts = np.array([read.count(letter) for letter in "abc"], dtype=np.float32)
        counts = counts if counts.any() else np.ones(3, dtype=np.float32)
        return (counts / np.linalg.norm(counts)).astype(np.float32)


def word_stem(word: str) -> int | None:
    """Return a number of the word itself; "the" and "of" are stop words."""
    return None if word in {"the", "of"} else crc32(word.encode()) >> 1


def word_encoder() -> TermEncoder:
    """Return an encoder that stems nothing."""
    return TermEncoder(STANDARD_TERMS, word_stem)


class LongestFirst:
    """A reranker that scores a text by its number of characters."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        return np.array([float(len(text)) for text in texts])

"""How close answers are to their sources in meaning."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.datasets.gates.sources import MissingSource, Sources, SourceText
from llm_engineering.application.datasets.gates.verdicts import good_answer
from llm_engineering.application.ports import Embedder, Tokenizer
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.samples import Rejection, RejectionReason, Sample

_AT_ONCE: Final = 256
"""Texts that are embedded between two reports of progress."""
_PASSAGES: Final = 3

Vectors = NDArray[np.float32]


def similarities(
    samples: Sequence[Sample], sources: Sources, embedder: Embedder, encoder: TermEncoder
) -> dict[str, float]:
    """Return the cosine of each answer and its source by the id of the sample.

    What is longer than the model reads is taken in pieces: the figure is the mean, over the pieces of the answer, of
    the cosine to the closest piece of the source. The source is the extract, or the passages of all documents that
    share the most words with the answer.
    """
    pieces = _Pieces(embedder)
    answers = [pieces.of(good_answer(sample)) for sample in samples]
    given = [[piece for text in _texts_of(sample, sources, encoder) for piece in pieces.of(text)] for sample in samples]
    vectors = pieces.embedded()
    return {
        sample.id: _closeness(vectors[answer], vectors[source])
        for sample, answer, source in zip(samples, answers, given, strict=True)
    }


def dissimilar(samples: Sequence[Sample], found: dict[str, float], min_similarity: float) -> list[Rejection]:
    """Return the samples whose answers are not close enough to their sources."""
    return [
        Rejection(
            sample=sample,
            reason=RejectionReason.UNGROUNDED,
            detail=f"The cosine of answer and source is {found[sample.id]:.2f}, needed is {min_similarity:.2f}.",
        )
        for sample in samples
        if found[sample.id] < min_similarity
    ]


def _texts_of(sample: Sample, sources: Sources, encoder: TermEncoder) -> list[str]:
    source = sources.of(sample)
    if isinstance(source, MissingSource):
        return []
    if source is not None:
        return [source.text.text]
    closest: Callable[[Sequence[int], int], list[SourceText]] = sources.passages.closest
    return [passage.text for passage in closest(encoder.stems(good_answer(sample)), _PASSAGES)]


def _closeness(answer: Vectors, source: Vectors) -> float:
    return float((answer @ source.T).max(axis=1).mean()) if len(answer) and len(source) else -1.0


class _Pieces:
    """Different texts, cut to what a model reads, each embedded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._places: dict[str, int] = {}
        self._of: dict[str, list[int]] = {}

    def of(self, text: str) -> list[int]:
        """Return the places of the pieces of a text."""
        if text not in self._of:
            cut = [piece for piece in _cut(text, self._embedder.tokenizer) if piece.strip()]
            self._of[text] = [self._places.setdefault(piece, len(self._places)) for piece in cut]
        return self._of[text]

    def embedded(self) -> Vectors:
        """Return one row per piece."""
        texts = list(self._places)
        # Texts of one length are embedded together, so that little is padded.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        rows = np.zeros((len(texts), self._embedder.identity.dimension), dtype=np.float32)
        for start in range(0, len(order), _AT_ONCE):
            places = order[start : start + _AT_ONCE]
            rows[places] = self._embedder.embed_documents([texts[place] for place in places])
        return rows


def _cut(text: str, tokenizer: Tokenizer) -> Iterator[str]:
    """Yield a text in pieces that an embedder reads whole."""
    offsets = tokenizer.offsets(text)
    most = tokenizer.max_tokens - tokenizer.special_tokens
    for start in range(0, len(offsets), most):
        of_piece = offsets[start : start + most]
        yield text[of_piece[0][0] : of_piece[-1][1]]

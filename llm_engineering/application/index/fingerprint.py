"""What an index is a function of, beside the documents: if any of it changes, the index is built anew."""

from collections.abc import Mapping
from typing import Final, Self

from llm_engineering.application.ports import Embedder
from llm_engineering.application.preprocess.chunking import CHUNKER_VERSION, CONTEXT_VERSION, Chunking
from llm_engineering.application.preprocess.cleaning import CLEANER_VERSION
from llm_engineering.domain.chunks import EmbeddingIdentity, TermScheme
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel

_DIGEST_CHARACTERS: Final = 12


class IndexFingerprint(FrozenModel):
    """How the documents of an index were turned into points; points of different fingerprints are never mixed."""

    cleaner: int = CLEANER_VERSION
    """Version of the cleaning."""
    chunker: int = CHUNKER_VERSION
    """Version of the cutting."""
    context: int = CONTEXT_VERSION
    """Version of what is put before the text of a chunk."""
    chunking: Chunking
    """How documents are cut; `max_tokens` is a number, also where it follows from the model."""
    embedding: EmbeddingIdentity
    terms: TermScheme

    @classmethod
    def of(cls, embedder: Embedder, chunking: Chunking, terms: TermScheme) -> Self:
        """Return the fingerprint of an index that this version of the program builds."""
        max_tokens = chunking.max_tokens or embedder.tokenizer.max_tokens
        return cls(
            chunking=chunking.model_copy(update={"max_tokens": max_tokens}), embedding=embedder.identity, terms=terms
        )

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for it, as in the name of a collection."""
        return content_hash(self.model_dump_json())[:_DIGEST_CHARACTERS]

    @property
    def words(self) -> Mapping[str, str]:
        """What each part of it says, for people."""
        model, terms = self.embedding, self.terms
        return {
            "embedding": f"{model.model} ({model.dimension} dimensions, {model.precision})",
            "cutting": f"version {self.chunker}, {self.chunking.min_tokens} to {self.chunking.max_tokens} tokens",
            "cleaning": f"version {self.cleaner}",
            "context": f"version {self.context}",
            "terms": f"version {terms.version}, {terms.language}, k1 {terms.k1:g}, b {terms.b:g}, "
            f"{terms.average_words:g} words",
        }


class FingerprintChange(FrozenModel):
    """A part in which two fingerprints differ, in words."""

    part: str
    live: str
    new: str


def fingerprint_changes(live: IndexFingerprint, new: IndexFingerprint) -> tuple[FingerprintChange, ...]:
    """Return what differs; empty for equal fingerprints."""
    return tuple(
        FingerprintChange(part=part, live=live.words[part], new=words)
        for part, words in new.words.items()
        if live.words[part] != words
    )

"""Chunks as an index takes them."""

from collections.abc import Sequence

from llm_engineering.application.ports import Embedder
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import Chunk, EmbeddedChunk


def embedded_chunks(chunks: Sequence[Chunk], embedder: Embedder, encoder: TermEncoder) -> list[EmbeddedChunk]:
    """Return chunks with the vectors of their indexed texts, in the order given."""
    texts = [chunk.indexed_text for chunk in chunks]
    return [
        EmbeddedChunk(*parts)
        for parts in zip(chunks, embedder.embed_documents(texts), map(encoder.document, texts), strict=True)
    ]

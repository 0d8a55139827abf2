"""An index as large as wanted, of the project's own documentation: its passages, repeated with other words in them."""

import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.ports import Embedder
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import write_author, write_documents
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import Chunk, ChunkFilter, EmbeddedChunk
from llm_engineering.domain.documents import ArticleDocument, Content, document_id
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_collection,
    opened_document_store,
    term_encoder,
)
from llm_engineering.settings import Settings

DOCS: Final = Path(__file__).parents[1] / "docs"
REPEATED: Final = "ASK_REPEATED"
"""Environment variable: if it is set, the clients ask the same hundred questions again and again."""
PAUSE: Final = "ASK_PAUSE_SECONDS"
"""Environment variable: how long the clients wait between an answer and their next question, on average."""
AUTHOR: Final = Author.from_full_name("Ada Lovelace")
_BATCH: Final = 64
_CHANGED_SHARE: Final = 0.1
_MOVED: Final = 0.4
"""Length of the step that a vector is moved by; its cosine with the passage's is then about 0.93."""


def built_index(folder: Path, chunks: int) -> Settings:
    """Return the settings of an index with at least so many chunks; what is there already is not made again.

    The pages of `docs/` are cut and embedded as the feature pipeline does it. Once they are used up they come again,
    each time with a tenth of their words exchanged for others of the same page, so that no two passages are equal.
    Their vectors are then those of passages before them, moved a little at random: embedding ten thousand takes
    minutes, and searching takes as long whatever the numbers are.
    """
    settings = Settings(data_folder=folder, qdrant_url=None, database_host=None)
    model = embedder(settings)
    encoder = term_encoder()
    with (
        opened_document_store(settings) as documents,
        opened_collection(settings, settings.qdrant_collection, model.identity) as vectors,
    ):
        write_author(documents, AUTHOR)
        held = vectors.count(ChunkFilter())
        rows = _Rows(model)
        with closing(_chunks(model)) as wanted, click.progressbar(length=chunks, label="Building the index") as bar:
            bar.update(held)
            for batch in _batches(islice(wanted, held, max(held, chunks))):
                vectors.upsert([
                    EmbeddedChunk(chunk, row, encoder.document(chunk.indexed_text))
                    for chunk, row in zip(batch, rows.of(batch), strict=True)
                ])
                bar.update(len(batch))
        write_documents(documents, islice(_pages(), len(list(DOCS.glob("*.md")))))
    return settings


class _Rows:
    """Gives vectors: embedded ones of the first edition of the pages, then ones that resemble these."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self._embedded: list[NDArray[np.float32]] = []
        self._random = np.random.default_rng(7)

    def of(self, chunks: Sequence[Chunk]) -> NDArray[np.float32]:
        if not self._embedded or all("/0/" in chunk.provenance.link for chunk in chunks):
            self._embedded.append(self._model.embed_documents([chunk.indexed_text for chunk in chunks]))
            return self._embedded[-1]
        known = np.concatenate(self._embedded)
        rows = known[self._random.integers(0, len(known), size=len(chunks))]
        moved = rows + self._random.normal(scale=_MOVED / rows.shape[1] ** 0.5, size=rows.shape)
        unit: NDArray[np.float32] = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
        return unit


def _chunks(model: Embedder) -> Generator[Chunk, None, None]:
    for page in _pages():
        for document in cleaned_documents([page]).items:
            yield from chunks_of(document, model.tokenizer, Chunking())


def _pages() -> Iterator[ArticleDocument]:
    """Yield the pages of the documentation again and again, as they are at first and then each time changed."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    for edition in count():
        for name, text in texts.items():
            link = f"https://docs.example.org/{edition}/{name}"
            yield ArticleDocument(
                id=document_id(AUTHOR.id, link),
                content=Content(title=name.replace("-", " ").capitalize(), text=_changed(text, edition), language="en"),
                platform="docs.example.org",
                author_id=AUTHOR.id,
                author_full_name=AUTHOR.full_name,
                link=link,
            )


def _changed(text: str, edition: int) -> str:
    if edition == 0:
        return text
    chosen = random.Random(edition)  # noqa: S311 - no secret
    lines = text.split("\n")
    words = text.split()
    return "\n".join(_changed_line(line, words, chosen) for line in lines)


def _changed_line(line: str, words: Sequence[str], chosen: random.Random) -> str:
    return " ".join(
        chosen.choice(words) if word.isalpha() and chosen.random() < _CHANGED_SHARE else word
        for word in line.split(" ")
    )


def _batches(chunks: Iterator[Chunk]) -> Iterator[list[Chunk]]:
    while batch := list(islice(chunks, _BATCH)):
        yield batch

"""Cuts cleaned documents into chunks along headings, paragraphs, lines and sentences, counted in tokens."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

import numpy as np
from pydantic import Field

from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.preprocess.outline import Section, joined_sections, markdown_sections, plain_sections
from llm_engineering.application.preprocess.splitting import TokenBudget, evened, finer_points, pieces, points_at
from llm_engineering.domain.chunks import Chunk, LineRange, Span
from llm_engineering.domain.documents import Category, CleanedDocument, Provenance
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Figures, counts_by_source

CHUNKER_VERSION: Final = 1
"""Raised when documents are cut in another way, so that indexes are built anew."""
CONTEXT_VERSION: Final = 1
"""Raised when something else is put before the text of a chunk."""

_CONTEXT_SHARE: Final = 4
"""At most one in so many tokens of a chunk goes to its context."""
_MARKDOWN: Final = {"markdown", "md"}


class Chunking(FrozenModel):
    """How documents are cut."""

    max_tokens: int | None = Field(default=None, ge=16)
    """Most tokens of a chunk with its context and the model's own tokens; None means what the model reads."""
    min_tokens: int = Field(default=40, ge=0)
    """A section with fewer tokens is joined with the next ones where that is true to it, and a piece of a cut
    section with fewer gets some of its neighbour's."""


class ChunkTooLongError(InvalidInputError):
    """More tokens were asked for than the model reads."""

    def __init__(self, asked: int, read: int) -> None:
        super().__init__(
            f"chunking.max_tokens is {asked}, but the embedding model reads {read} tokens of a text.",
            remedy=f"Set it to {read} or less, or leave it out.",
        )


class Chunks(Batch[Chunk]):
    """All chunks of some documents, document by document in the order of the text."""

    documents: int
    cleaned_characters: int
    covered_characters: int
    """Characters of the cleaned documents that lie in at least one chunk."""
    max_tokens: int
    """What the embedder reads of a text."""

    @property
    def too_long(self) -> int:
        """Chunks that the embedder would cut."""
        return sum(chunk.token_count > self.max_tokens for chunk in self.items)

    @property
    def figures(self) -> Figures:
        """How many chunks there are of what length, and whether a character was lost or a chunk is too long."""
        return {
            "documents": self.documents,
            "chunks": len(self.items),
            "dropped": self.dropped_by_reason,
            "covered_characters_percent": _percent(self.covered_characters, self.cleaned_characters),
            "chunks_cut_by_the_model": self.too_long,
            "model_reads_tokens": self.max_tokens,
            "tokens_per_chunk": quartiles([chunk.token_count for chunk in self.items]),
            "characters_per_chunk": quartiles([len(chunk.text) for chunk in self.items]),
            **counts_by_source(chunk.provenance for chunk in self.items),
        }


def chunks_of_documents(documents: Sequence[CleanedDocument], tokenizer: Tokenizer, chunking: Chunking) -> Chunks:
    """Return the chunks of all documents with the figures that show that nothing was lost.

    Raises:
        ChunkTooLongError: `chunking.max_tokens` is more than the tokenizer's.
    """
    chunks = [chunk for document in documents for chunk in chunks_of(document, tokenizer, chunking)]
    return Chunks(
        items=tuple(chunks),
        documents=len(documents),
        cleaned_characters=sum(len(document.text) for document in documents),
        covered_characters=covered_characters(chunks),
        max_tokens=tokenizer.max_tokens,
    )


def _percent(part: int, whole: int) -> float:
    """Return the share in percent, rounded down so that 100 means all; 100 of nothing."""
    return floor(part * 10_000 / whole) / 100 if whole else 100.0


def quartiles(lengths: Sequence[int]) -> Figures:
    """Return minimum, quartiles and maximum (Hyndman and Fan's type 7); empty without lengths."""
    if not lengths:
        return {}
    names = ("min", "q1", "median", "q3", "max")
    return dict(zip(names, np.quantile(lengths, (0, 0.25, 0.5, 0.75, 1)).tolist(), strict=True))


def covered_characters(chunks: Iterable[Chunk]) -> int:
    """Return how many characters of the cleaned documents lie in at least one of the chunks."""
    covered = 0
    reached = ("", 0)
    for chunk in sorted(chunks, key=lambda chunk: (chunk.provenance.document_id, chunk.span.start)):
        document_id, end = reached
        start = max(chunk.span.start, end) if chunk.provenance.document_id == document_id else chunk.span.start
        covered += max(0, chunk.span.end - start)
        reached = (chunk.provenance.document_id, max(start, chunk.span.end))
    return covered


def chunks_of(document: CleanedDocument, tokenizer: Tokenizer, chunking: Chunking) -> list[Chunk]:
    """Return the chunks of one document; their spans follow each other and together are the whole text.

    Sections under headings are the first boundaries, so that an edit moves no boundary outside its section,
    but for short neighbours that are joined. The chunk's id is made of the document, the words that are
    indexed and how often they occurred before: a passage that only moved keeps its id and its vector.

    Raises:
        ChunkTooLongError: `chunking.max_tokens` is more than the tokenizer's.
    """
    limit = chunking.max_tokens or tokenizer.max_tokens
    if limit > tokenizer.max_tokens:
        raise ChunkTooLongError(limit, tokenizer.max_tokens)
    cutter = _Cutter(document, tokenizer, limit, chunking.min_tokens)
    sections = joined_sections(_sections(document), cutter.token_count, chunking.min_tokens)
    occurrences: Counter[str] = Counter()
    breaks = [match.start() for match in re.finditer("\n", document.text)]
    return [_chunk(document, cut, occurrences, breaks) for section in sections for cut in cutter.cuts(section)]


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a chunk lies and what goes before it."""

    start: int
    end: int
    heading_path: tuple[str, ...]
    context: str
    token_count: int


class _Cutter:
    """Cuts the sections of one document so that each piece with its context has at most `limit` tokens."""

    def __init__(self, document: CleanedDocument, tokenizer: Tokenizer, limit: int, min_tokens: int) -> None:
        self._text = document.text
        self._title = document.provenance.title
        self._byline = _byline(document.provenance)
        self._tokenizer = tokenizer
        self._limit = limit
        self._min_tokens = min_tokens
        self._starts = [start for start, _ in tokenizer.offsets(document.text)]
        self._finer = finer_points(document.text)

    def token_count(self, start: int, end: int) -> int:
        """Return the number of tokens that begin in a range of the text."""
        return TokenBudget(self._starts, self._limit).count(start, end)

    def cuts(self, section: Section) -> Iterator[_Cut]:
        """Yield the pieces of a section in order."""
        context = self._context(section.heading_path)
        room = self._limit - self._tokens_read(f"{context}\n" if context else "")
        yield from self._cuts(section.start, section.end, section, context, TokenBudget(self._starts, room))

    def _cuts(self, start: int, end: int, section: Section, context: str, budget: TokenBudget) -> Iterator[_Cut]:
        readable = (points_at(section.blocks), *self._finer)
        found = pieces(start, end, budget, (*readable, budget.boundaries, budget.stride), self._min_tokens)
        for piece_start, piece_end in evened(found, budget, readable, self._min_tokens):
            text = self._text[piece_start:piece_end]
            tokens = self._tokens_read(f"{context}\n{text}" if context else text)
            if tokens <= self._limit or piece_end - piece_start == 1:
                yield _Cut(piece_start, piece_end, section.heading_path, context, tokens)
            else:
                # Some tokenizers read a piece in more tokens than they read it inside the whole text.
                smaller = TokenBudget(self._starts, max(1, budget.tokens - (tokens - self._limit)))
                yield from self._cuts(piece_start, piece_end, section, context, smaller)

    def _tokens_read(self, text: str) -> int:
        return len(self._tokenizer.offsets(text)) + self._tokenizer.special_tokens

    def _context(self, heading_path: tuple[str, ...]) -> str:
        """Return title and headings, without those that the title repeats, then author and date, in one line.

        It is cut to its share of tokens: title and headings first, and the rest only where it is longer by itself.
        """
        title = " ".join(self._title.split())
        context = " > ".join(
            part for part in (title, *(heading for heading in heading_path if heading not in title)) if part
        )
        share = self._limit // _CONTEXT_SHARE
        left = share - len(self._tokenizer.offsets(self._byline))
        return " ".join(part for part in (self._cut(context, left), self._cut(self._byline, share)) if part)

    def _cut(self, text: str, tokens: int) -> str:
        """Return the beginning of a text with at most so many tokens."""
        ends = [end for _, end in self._tokenizer.offsets(text)]
        return text if len(ends) <= tokens else text[: ends[tokens - 1]] if tokens > 0 else ""


def _byline(provenance: Provenance) -> str:
    """Return who wrote a document and when, in brackets, as far as it is known."""
    day = f"{provenance.published_at:%Y-%m-%d}" if provenance.published_at else ""
    known = ", ".join(part for part in (" ".join(provenance.author_full_name.split()), day) if part)
    return f"({known})" if known else ""


def _sections(document: CleanedDocument) -> list[Section]:
    is_code = document.provenance.category is Category.REPOSITORIES and document.provenance.language not in _MARKDOWN
    return plain_sections(document.text) if is_code else markdown_sections(document.text)


def _chunk(document: CleanedDocument, cut: _Cut, occurrences: Counter[str], breaks: Sequence[int]) -> Chunk:
    text = document.text[cut.start : cut.end]
    indexed = content_hash(cut.context, text)
    occurrences[indexed] += 1
    return Chunk(
        id=identifier("chunk", document.provenance.document_id, indexed, str(occurrences[indexed])),
        provenance=document.provenance,
        span=Span(start=cut.start, end=cut.end),
        text=text,
        heading_path=cut.heading_path,
        context=cut.context,
        token_count=cut.token_count,
        lines=_source_lines(document, breaks, cut),
    )


def _source_lines(document: CleanedDocument, breaks: Sequence[int], cut: _Cut) -> LineRange:
    """Return the lines of the source that a piece touches; a break at its end belongs to the line that it ends.

    Args:
        document: The document.
        breaks: Positions of all line breaks of its text, ascending.
        cut: The piece.
    """
    first, last = bisect_left(breaks, cut.start) + 1, bisect_left(breaks, cut.end - 1) + 1
    return LineRange(first=document.source_line(first), last=document.source_line(last))

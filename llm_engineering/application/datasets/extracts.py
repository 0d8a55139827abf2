"""Extracts: the pieces of documents that samples are made of."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Self

from pydantic import Field, model_validator

from llm_engineering.application.datasets.blocks import (
    Block,
    BlockKind,
    document_blocks,
    furniture,
    without_furniture,
)
from llm_engineering.application.datasets.grouping import Groups
from llm_engineering.application.evaluate.excerpts import is_prose
from llm_engineering.domain.documents import Category, CleanedDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, counts_by_source
from llm_engineering.domain.samples import Extract

_KEPT: Final = frozenset({BlockKind.PROSE, BlockKind.OPENING, BlockKind.LIST, BlockKind.CODE})
_ENDS: Final = re.compile(r"(?<=[.!?…])[\"'”’)*_`\]]*\s+")  # noqa: RUF001 - closing quotes as people type them
_SLACK: Final = 1.5
"""What is left over at the end of a passage joins the piece before it up to this multiple of `max_words`."""


class ExtractSizesError(InvalidInputError):
    """Sizes of extracts contradict each other."""

    def __init__(self, min_words: int, max_words: int) -> None:
        super().__init__(
            f"extracts.min_words is {min_words}, which is more than half of max_words, {max_words}.",
            remedy="Set min_words to half of max_words or less.",
        )


class Extracting(FrozenModel):
    """How documents are cut into extracts."""

    min_words: int = Field(default=40, ge=1)
    """A piece with fewer words is joined with the one before it under the same heading, where there is one; what stays
    shorter, such as a short post, is an extract all the same."""
    max_words: int = Field(default=220, ge=10)
    """A longer passage is cut between paragraphs, a longer paragraph between sentences."""

    @model_validator(mode="after")
    def _require_sizes_that_fit(self) -> Self:
        if 2 * self.min_words > self.max_words:
            raise ExtractSizesError(self.min_words, self.max_words)
        return self


class Extracts(Batch[Extract]):
    """The extracts of some documents; documents that give none are dropped with the reason."""

    documents: int
    """How many documents there were."""
    blocks: Mapping[str, int]
    """How many blocks there were of each kind; those of other kinds than prose, opening, list and code are in no
    extract."""

    @property
    def figures(self) -> Figures:
        """Documents, extracts, and what was left out."""
        return {
            "documents": self.documents,
            "extracts": len(self.items),
            "dropped_documents": self.dropped_by_reason,
            "blocks": dict(self.blocks),
            **counts_by_source(each.provenance for each in self.items),
        }


def document_extracts(
    documents: Sequence[CleanedDocument],
    extracting: Extracting,
    groups: Groups,
    categories: Sequence[Category] = tuple(Category),
) -> Extracts:
    """Return the extracts of documents, in the order of document ids and places: the same for the same documents.

    An extract is one range of the text: consecutive paragraphs, lists and code under one heading, without the heading.
    It begins with a sentence and ends with a whole one, a list or code. Pictures, captions, quotes and tables are in
    none, and what stands in three documents or more belongs to the site and is in none either. Short posts are
    extracts: nothing is left out for its length alone.

    Args:
        documents: Cleaned, each once.
        extracting: How long extracts are.
        groups: What `copy_groups` found: copies of a document count as one where blocks are counted.
        categories: Documents of other categories are dropped as "other_category".
    """
    ordered = sorted(documents, key=lambda document: document.provenance.document_id)
    used = [each for each in ordered if each.provenance.category in categories and is_prose(each)]
    blocks_of = {each.provenance.document_id: list(document_blocks(each)) for each in used}
    repeated = furniture(blocks_of, groups)
    items: list[Extract] = []
    dropped = [_unused(each, categories) for each in ordered if each not in used]
    kinds: Counter[str] = Counter()
    for document in used:
        blocks = without_furniture(blocks_of[document.provenance.document_id], repeated)
        kinds.update(block.kind.value for block in blocks)
        found = list(_extracts(document, blocks, extracting))
        items += found
        if not found:
            detail = f"None of its {len(blocks)} blocks holds whole sentences that stand in fewer than three documents."
            dropped.append(Dropped(item=document.provenance.link, reason="no_prose", detail=detail))
    return Extracts(
        items=tuple(items), dropped=tuple(dropped), documents=len(ordered), blocks=dict(kinds.most_common())
    )


def _unused(document: CleanedDocument, categories: Sequence[Category]) -> Dropped:
    source = document.provenance
    if source.category not in categories:
        detail = f"It is one of the {source.category}, which `categories` does not name."
        return Dropped(item=source.link, reason="other_category", detail=detail)
    return Dropped(item=source.link, reason="code", detail="Source code is not in the author's own words.")


def _extracts(document: CleanedDocument, blocks: Sequence[Block], extracting: Extracting) -> Iterator[Extract]:
    for run in _runs(blocks):
        for start, end in _pieces(document.text, run, extracting):
            yield Extract(
                provenance=document.provenance,
                text=document.text[start:end],
                start=start,
                end=end,
                heading_path=run[0].heading_path,
            )


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield consecutive usable blocks under one heading; they begin with a sentence and announce nothing at the end."""
    run: list[Block] = []
    for block in blocks:
        if run and (block.kind not in _KEPT or block.heading_path != run[-1].heading_path):
            yield from _trimmed(run)
            run = []
        if block.kind in _KEPT:
            run.append(block)
    yield from _trimmed(run)


def _trimmed(run: list[Block]) -> Iterator[list[Block]]:
    first = next((place for place, block in enumerate(run) if _may_begin(block)), len(run))
    last = next((place for place in range(len(run), first, -1) if run[place - 1].kind is not BlockKind.OPENING), first)
    if last > first:
        yield run[first:last]


def _may_begin(block: Block) -> bool:
    """Whether a block can be read without what stands before it."""
    if block.kind not in {BlockKind.PROSE, BlockKind.OPENING}:
        return False
    letter = next((each for each in block.text if each.isalpha()), "")
    return not letter.islower()


def _pieces(text: str, run: Sequence[Block], extracting: Extracting) -> list[tuple[int, int]]:
    """Return ranges of consecutive blocks of at most `max_words`, where a short rest joins the range before it."""
    pieces: list[tuple[int, int]] = []
    for start, end, may_begin in _parts(text, run, extracting.max_words):
        if pieces:
            before = pieces[-1][0]
            words = _words(text, before, end)
            is_short = _words(text, start, end) < extracting.min_words
            limit = extracting.max_words * (_SLACK if is_short or not may_begin else 1)
            if words <= limit or not may_begin:
                pieces[-1] = (before, end)
                continue
        pieces.append((start, end))
    return pieces


def _parts(text: str, run: Sequence[Block], max_words: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the blocks, each with what it announces, long ones cut between sentences, and whether a piece may begin."""
    start: int | None = None
    may_begin = False
    for block in run:
        if start is None:
            start, may_begin = block.start, _may_begin(block)
        if block.kind is BlockKind.OPENING:
            continue
        if block.kind is BlockKind.PROSE and block.words > max_words:
            cuts = _sentence_groups(text, start, block.end, max_words)
            yield from ((one, other, may_begin or one != start) for one, other in cuts)
        else:
            yield start, block.end, may_begin
        start = None


def _sentence_groups(text: str, start: int, end: int, max_words: int) -> list[tuple[int, int]]:
    groups: list[tuple[int, int]] = []
    begin = start
    last = start
    for found in [*(start + match.end() for match in _ENDS.finditer(text[start:end])), end]:
        if last > begin and _words(text, begin, found) > max_words:
            groups.append((begin, begin + len(text[begin:last].rstrip())))
            begin = last
        last = found
    groups.append((begin, end))
    return groups


def _words(text: str, start: int, end: int) -> int:
    return len(text[start:end].split())

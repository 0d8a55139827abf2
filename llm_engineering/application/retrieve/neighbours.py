"""Joins passages that follow each other in their document."""

from collections.abc import Sequence

from llm_engineering.domain.chunks import Chunk, LineRange, ScoredChunk, Span


def joined_neighbours(found: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Return the chunks with those joined that touch in their document; each run stands where its best chunk stood.

    A joined chunk has the id, the score and the context of its best part, the headings of its first, and the whole
    text from the first to the last.
    """
    ranks = {scored.chunk.id: rank for rank, scored in enumerate(found)}
    in_text_order = sorted(found, key=lambda scored: _place(scored.chunk))
    runs: list[list[ScoredChunk]] = []
    for scored in in_text_order:
        if runs and _follows(scored.chunk, runs[-1][-1].chunk):
            runs[-1].append(scored)
        else:
            runs.append([scored])
    best = [min(run, key=lambda scored: ranks[scored.chunk.id]) for run in runs]
    joined = [_joined(run, each) for run, each in zip(runs, best, strict=True)]
    return sorted(joined, key=lambda scored: ranks[scored.chunk.id])


def _place(chunk: Chunk) -> tuple[str, str, int]:
    return (chunk.provenance.document_id, chunk.provenance.content_hash, chunk.span.start)


def _follows(chunk: Chunk, previous: Chunk) -> bool:
    """Whether a chunk begins where another ends, in the same version of the same document."""
    return _place(chunk) == (*_place(previous)[:2], previous.span.end)


def _joined(run: Sequence[ScoredChunk], best: ScoredChunk) -> ScoredChunk:
    if len(run) == 1:
        return best
    chunks = [scored.chunk for scored in run]
    whole = {
        "span": Span(start=chunks[0].span.start, end=chunks[-1].span.end),
        "text": "".join(chunk.text for chunk in chunks),
        "heading_path": chunks[0].heading_path,
        "token_count": sum(chunk.token_count for chunk in chunks),
        "lines": _lines(chunks[0].lines, chunks[-1].lines),
    }
    return best.model_copy(update={"chunk": best.chunk.model_copy(update=whole)})


def _lines(first: LineRange | None, last: LineRange | None) -> LineRange | None:
    return LineRange(first=first.first, last=last.last) if first and last else None

"""Cuts a document into parts that a model reads at once; nothing is left out."""

from collections.abc import Iterator

from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.preprocess.outline import Section, markdown_sections, plain_sections
from llm_engineering.application.preprocess.splitting import TokenBudget, finer_points, pieces, points_at
from llm_engineering.application.summarize.source_text import DocumentPart
from llm_engineering.domain.chunks import Span


def document_parts(text: str, tokenizer: Tokenizer, *, max_tokens: int, is_code: bool) -> tuple[DocumentPart, ...]:
    """Return consecutive parts that together are the whole text, each of at most `max_tokens` tokens.

    Sections under headings are packed together while they fit; a longer one is cut after blocks, then lines,
    sentences and words. An empty text has no part.

    Args:
        text: A cleaned text.
        tokenizer: What tokens are counted with; how many it reads of a text does not matter.
        max_tokens: Most tokens of a part.
        is_code: Whether the text has no headings.
    """
    sections = plain_sections(text) if is_code else markdown_sections(text)
    starts = [start for start, _ in tokenizer.offsets(text)]
    budget = TokenBudget(starts, max_tokens)
    return tuple(
        DocumentPart(
            number=number,
            heading_path=_heading_path(sections, start),
            span=Span(start=start, end=end),
            text=text[start:end],
        )
        for number, (start, end) in enumerate(_ranges(text, sections, budget), start=1)
    )


def _ranges(text: str, sections: list[Section], budget: TokenBudget) -> Iterator[tuple[int, int]]:
    if not text:
        return
    levels = (
        points_at([section.start for section in sections if section.start]),
        points_at(sorted(block for section in sections for block in section.blocks)),
        *finer_points(text),
        budget.boundaries,
        budget.stride,
    )
    yield from pieces(0, len(text), budget, levels)


def _heading_path(sections: list[Section], place: int) -> tuple[str, ...]:
    return next((each.heading_path for each in sections if each.start <= place < each.end), ())

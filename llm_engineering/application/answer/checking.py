"""Nodes of the dataflow that check what was said against the passages, and make the answer."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from llm_engineering.application.answer.asking import FoundPassage, Question
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.finding import Retrieved
from llm_engineering.application.answer.links import safe_text
from llm_engineering.application.answer.markdown_text import marks_in, numbers_of, pieces
from llm_engineering.application.answer.quotes import quoted_range
from llm_engineering.application.answer.reading import Queries
from llm_engineering.application.answer.scopes import Scope
from llm_engineering.application.answer.source_addresses import source_address
from llm_engineering.application.answer.support import PassageWords, claims_something, support
from llm_engineering.application.answer.writing import Reply
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.answers import Answer, AnswerKind, Citation, Statement
from llm_engineering.domain.chunks import Chunk, LineRange, Span
from llm_engineering.domain.language_models import FinishReason, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import RenderedPrompt

UNKNOWN_TEXT: Final = "I do not know: what is indexed says too little about this."
EMPTY_TEXT: Final = "The index has no passage for this."
QUOTED_NOTE: Final = "No language model took part: these are the best passages, quoted as they were written."
_NEAREST: Final = 3

Clock = Callable[[], float]
"""Returns seconds that only grow."""


class CheckedText(FrozenModel):
    """The text of an answer, of which everything is taken out that has no business there."""

    text: str
    notes: tuple[str, ...] = ()


def checked_text(
    completion: Reply | None, considered: tuple[FoundPassage, ...], context: tuple[FoundPassage, ...]
) -> CheckedText:
    """Return what was said without marks of passages that were not given, foreign links and hidden characters."""
    if completion is None:
        return CheckedText(text=UNKNOWN_TEXT if considered else EMPTY_TEXT)
    given = {passage.number: passage for passage in context if passage.number is not None}
    said = completion.completion.text
    marked, invented = _with_known_marks(_with_end_marks(said) if completion.is_quoted else said, given.keys())
    cited = {number for mark in marks_in(marked) for number in numbers_of(mark)}
    allowed = {address for number in cited for address in _addresses(given[number].chunk)}
    safe = safe_text(marked, allowed)
    # Taking links apart may have made marks out of their texts.
    text, more = _with_known_marks(safe.text, cited)
    notes = (
        _counted(
            invented + more,
            "mark of a passage that was not given was taken out",
            "marks of passages that were not given were taken out",
        ),
        _counted(
            safe.links,
            "link or address that no cited source has was taken out",
            "links or addresses that no cited source has were taken out",
        ),
        _counted(safe.hidden, "invisible character was taken out", "invisible characters were taken out"),
        "The answer was cut off at its greatest length." if _is_cut(completion) else "",
    )
    return CheckedText(text=text.strip(), notes=tuple(filter(None, notes)))


def statements(
    checked_text: CheckedText,
    completion: Reply | None,
    context: tuple[FoundPassage, ...],
    retriever: Retriever,
    answering: Answering,
) -> tuple[Statement, ...]:
    """Return the sentences of the answer, each with whether the passages that it cites say what it says.

    What a model claims without citing is not supported. Where passages are quoted one mark follows each quote, and
    belongs to all its sentences.
    """
    if completion is None:
        return (Statement(text=checked_text.text, citations=(), is_supported=True),)
    text, encoder = checked_text.text, retriever.encoder
    given = {
        passage.number: PassageWords.of(passage.chunk.indexed_text, encoder)
        for passage in context
        if passage.number is not None
    }
    found: list[Statement] = []
    following: tuple[int, ...] = ()
    for piece in reversed(pieces(text)):
        sentence = text[piece.start : piece.end]
        numbers = _numbers(sentence)
        following = numbers or following
        numbers = following if completion.is_quoted and piece.is_claim else numbers
        cited = [given[number] for number in numbers]
        is_supported = (
            not piece.is_claim
            or not claims_something(sentence, encoder)
            or (bool(cited) and support(sentence, cited, encoder) >= answering.min_support)
        )
        found.append(Statement(text=sentence, citations=numbers, is_supported=is_supported))
    return tuple(reversed(found))


def citations(
    statements: tuple[Statement, ...], context: tuple[FoundPassage, ...], retriever: Retriever
) -> tuple[Citation, ...]:
    """Return what the answer cites, by number, each with the words that support the sentences which it supports."""
    cited = sorted({number for statement in statements for number in statement.citations})
    given = {passage.number: passage.chunk for passage in context}
    claims = {number: [each for each in statements if number in each.citations] for number in cited}
    return tuple(_citation(number, given[number], _supported(claims[number]), retriever.encoder) for number in cited)


def answer(
    *,
    question: Question,
    checked_text: CheckedText,
    statements: tuple[Statement, ...],
    citations: tuple[Citation, ...],
    completion: Reply | None,
    prompt: RenderedPrompt | None,
    considered: tuple[FoundPassage, ...],
    scope: Scope,
    queries: Queries,
    retrieved: Retrieved,
    model: LanguageModel,
    trace_id: str,
    asked_at: float,
    clock: Clock,
) -> Answer:
    """Return the answer with its sources and how it came about."""
    kind = _kind(completion)
    notes = (*scope.notes, *queries.notes, *retrieved.notes, *_notes(completion, considered), *checked_text.notes)
    said = completion.completion if completion else None
    return Answer(
        trace_id=trace_id,
        question=question.query,
        kind=kind,
        text=checked_text.text,
        statements=tuple(statements),
        citations=tuple(citations),
        model=completion.model if completion else model.identity,
        prompt=prompt.reference if prompt and kind is AnswerKind.WRITTEN else None,
        usage=said.usage if said else TokenUsage(),
        cost=said.cost if said else None,
        seconds=max(0.0, clock() - asked_at),
        notes=notes,
    )


def _supported(statements: Sequence[Statement]) -> list[str]:
    """Return the sentences that are supported, or all if none is."""
    return [each.text for each in statements if each.is_supported] or [each.text for each in statements]


def _kind(completion: Reply | None) -> AnswerKind:
    if completion is None:
        return AnswerKind.UNKNOWN
    return AnswerKind.QUOTED if completion.is_quoted else AnswerKind.WRITTEN


def _notes(completion: Reply | None, considered: tuple[FoundPassage, ...]) -> tuple[str, ...]:
    if completion is not None:
        return (QUOTED_NOTE,) if completion.is_quoted and not completion.notes else completion.notes
    nearest = dict.fromkeys(
        f"{passage.chunk.provenance.title} ({passage.chunk.provenance.link})" for passage in considered
    )
    return (f"What comes closest: {'; '.join(list(nearest)[:_NEAREST])}.",) if nearest else ()


def _is_cut(completion: Reply) -> bool:
    return completion.completion.finish_reason is FinishReason.LENGTH and not completion.is_quoted


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}." if count else ""


def _with_known_marks(text: str, known: Collection[int]) -> tuple[str, int]:
    """Return a text without the numbers in its marks that are not known, and how many there were."""
    removed = 0
    for mark in reversed(marks_in(text)):
        numbers = numbers_of(mark)
        kept = [number for number in numbers if number in known]
        removed += len(numbers) - len(kept)
        if kept == numbers:
            continue
        if kept:
            text = f"{text[: mark.start()]}[{', '.join(map(str, kept))}]{text[mark.end() :]}"
        else:
            text = text[: mark.start()].rstrip(" ") + text[mark.end() :]
    return text, removed


def _with_end_marks(text: str) -> str:
    """Return quotes with the mark that ends each, and without those that were their authors' own."""
    for mark in reversed(marks_in(text)):
        is_end = text[mark.end() : mark.end() + 2] in {"", "\n", "\n\n"}
        text = text if is_end else text[: mark.start()].rstrip(" ") + text[mark.end() :]
    return text


def _numbers(sentence: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for mark in marks_in(sentence) for number in numbers_of(mark)))


def _addresses(chunk: Chunk) -> set[str]:
    places = {place.link for place in chunk.also_at}
    return {chunk.provenance.link, source_address(chunk.provenance, chunk.lines), *places}


def _citation(number: int, chunk: Chunk, claims: Sequence[str], encoder: TermEncoder) -> Citation:
    start, end = quoted_range(chunk.text, claims, encoder)
    lines = _quoted_lines(chunk, start, end)
    source = chunk.provenance
    return Citation(
        number=number,
        title=source.title,
        url=source_address(source, lines),
        heading_path=chunk.heading_path,
        author=source.author_full_name,
        category=source.category,
        platform=source.platform,
        published_at=source.published_at,
        document_id=source.document_id,
        chunk_id=chunk.id,
        quote=chunk.text[start:end],
        span=Span(start=chunk.span.start + start, end=chunk.span.start + end),
        lines=lines,
        also_at=chunk.also_at,
    )


def _quoted_lines(chunk: Chunk, start: int, end: int) -> LineRange | None:
    """Return the lines of a range of a chunk; all of the chunk's where blank lines are left out inside of it."""
    if chunk.lines is None or chunk.text.removesuffix("\n").count("\n") != chunk.lines.last - chunk.lines.first:
        return chunk.lines
    first = chunk.lines.first + chunk.text.count("\n", 0, start)
    return LineRange(first=first, last=first + chunk.text.count("\n", start, end))

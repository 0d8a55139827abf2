"""Golden questions, chunks that answer them, and figures, with short literal contents."""

from collections.abc import Sequence

from llm_engineering.application.evaluate.excerpts import Excerpt
from llm_engineering.application.evaluate.golden import Answer, GoldenQuestion, GoldenSet, Place, QuestionKind
from llm_engineering.application.evaluate.scoring import QuestionScore, RetrievalFigures, group_figures
from llm_engineering.application.retrieve.passages import Passage
from llm_engineering.domain.chunks import ScoredChunk, Span
from llm_engineering.domain.documents import Category, CleanedDocument
from tests.support.documents import chunk, cleaned

TEN_WORDS = "one two three four five six seven eight nine ten"


def words(count: int, start: str = "word") -> str:
    """Return so many different words; texts with different starts have none in common."""
    return " ".join(f"{start}{number}" for number in range(count))


def essay(subject: str) -> str:
    """Return an article with two sections, whose headings nothing else has."""
    return f"# Weaving {subject}\n\n{words(40, subject)}\n\n# Selling {subject}\n\n{words(40, f'x{subject}')}"


def document(
    text: str, link: str = "https://ada.dev/one", title: str = "Notes", language: str | None = "en"
) -> CleanedDocument:
    found = cleaned(text, link=link, title=title, author="Ada Lovelace")
    return found.model_copy(update={"provenance": found.provenance.model_copy(update={"language": language})})


def place(start: int, end: int, document_id: str = "doc", digest: str = "d", beginning: str = "") -> Place:
    return Place(
        document_id=document_id,
        content_hash="0" * 64,
        link=f"https://ada.dev/{document_id}",
        span=Span(start=start, end=end),
        beginning=beginning,
        digest=digest,
    )


def question(*answers: Answer, text: str = "What is it?", author: str = "Ada Lovelace") -> GoldenQuestion:
    return GoldenQuestion.of(QuestionKind.HEADING, text, author, Category.ARTICLES, answers)


def about(text: str, source: CleanedDocument, passage: str) -> GoldenQuestion:
    """Return a question that a passage of a document answers."""
    start = source.text.index(passage)
    return question(Answer(places=(Excerpt(source, start, start + len(passage)).place,)), text=text)


def golden(*questions: GoldenQuestion) -> GoldenSet:
    return GoldenSet(items=questions)


def passages(*ranges: tuple[str, int, int]) -> list[Passage]:
    """Return found passages, each given as document, start and end."""
    chunks = [
        chunk("x" * (end - start), chunk_id=str(number), start=start, document_id=document_id)
        for number, (document_id, start, end) in enumerate(ranges, start=1)
    ]
    return [
        Passage(number=number, found=ScoredChunk(chunk=each, score=0.5)) for number, each in enumerate(chunks, start=1)
    ]


def score(question_id: str, value: float, first_rank: int | None = 1) -> QuestionScore:
    return QuestionScore(
        question_id=question_id,
        kind=QuestionKind.HEADING,
        author_full_name="Ada Lovelace",
        ndcg=value,
        recall=value,
        reciprocal_rank=value,
        first_rank=first_rank,
    )


def figures(values: Sequence[float], version: str = "v1") -> RetrievalFigures:
    """Return figures of questions "q0", "q1" and so on that have these values."""
    scores = tuple(score(f"q{number}", value) for number, value in enumerate(values))
    group = group_figures(scores)
    return RetrievalFigures(
        golden_version=version,
        overall=group,
        per_kind={QuestionKind.HEADING: group},
        per_author={"Ada Lovelace": group},
        scores=scores,
    )

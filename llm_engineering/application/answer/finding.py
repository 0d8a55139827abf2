"""Nodes of the dataflow that find passages; they take the steps of the `Retriever` that evaluation measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_engineering.application.answer.asking import FoundPassage, Question
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.dataflow import when
from llm_engineering.application.answer.evidence import EvidenceReport, evidence_report
from llm_engineering.application.answer.reading import Filters, Queries
from llm_engineering.application.answer.scopes import Scope
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.application.retrieve.ranking import Ranking
from llm_engineering.domain.chunks import Candidate, ChunkFilter, EmbeddedQuestion, ScoredChunk


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """What the store found."""

    candidates: tuple[tuple[Candidate, ...], ...]
    """Of each query."""
    where: ChunkFilter
    """Where it was searched."""
    notes: tuple[str, ...] = ()


async def embedded(queries: Queries, retriever: Retriever, threads: Threads) -> tuple[EmbeddedQuestion, ...]:
    """Return what each query is searched by."""
    return await threads.result(lambda: tuple(map(retriever.embedded, queries.texts)))


async def retrieved(
    embedded: tuple[EmbeddedQuestion, ...], filters: Filters, question: Question, retriever: Retriever, threads: Threads
) -> Retrieved:
    """Return the candidates of each query; if what was read from the question's words leaves none, without that."""

    def found(where: ChunkFilter) -> tuple[tuple[Candidate, ...], ...]:
        return tuple(tuple(retriever.candidates(each, limit=question.limit, where=where)) for each in embedded)

    candidates = await threads.result(found, filters.read)
    if any(candidates) or filters.read == filters.stated:
        return Retrieved(candidates, filters.read)
    note = "Nothing in the index is from where or when the question's words say; everything was searched in its place."
    return Retrieved(await threads.result(found, filters.stated), filters.stated, (note,))


async def fused(
    embedded: tuple[EmbeddedQuestion, ...], retrieved: Retrieved, retriever: Retriever, threads: Threads
) -> Ranking:
    """Return one ranking by meaning and by words, of all queries together."""
    return await threads.result(retriever.ranking, embedded, retrieved.candidates)


@when(reranking="on")
async def reranked__on(fused: Ranking, query: str, retriever: Retriever, threads: Threads) -> Ranking:
    """Return the ranking after a second look at the best."""
    return await threads.result(retriever.reranked, fused, query)


@when(reranking="off")
def reranked__off(fused: Ranking) -> Ranking:
    """Return the ranking as it is."""
    return fused


async def passages(
    *,
    reranked: Ranking,
    embedded: tuple[EmbeddedQuestion, ...],
    retrieved: Retrieved,
    question: Question,
    retriever: Retriever,
    threads: Threads,
) -> tuple[FoundPassage, ...]:
    """Return the best passages with all that speaks for them, diverse and with neighbours joined as configured."""
    return await threads.result(_passages, reranked, embedded[0], retrieved.candidates[0], question.limit, retriever)


def evidence(
    scope: Scope, query: str, passages: tuple[FoundPassage, ...], retriever: Retriever, answering: Answering
) -> EvidenceReport:
    """Return whether the passages say enough about the question."""
    asked = scope.words if retriever.encoder.stems(scope.words) else query
    return evidence_report(asked, passages, retriever.encoder, answering.sufficiency)


def considered(
    passages: tuple[FoundPassage, ...], evidence: EvidenceReport, answering: Answering
) -> tuple[FoundPassage, ...]:
    """Return the passages, those numbered from 1 that the answer may rest on: as many as the token budget allows.

    The first passage that does not fit ends the context, so that no worse one is preferred for being shorter.
    """
    if not evidence.is_enough:
        return tuple(passages)
    numbered: list[FoundPassage] = []
    left = answering.context_tokens
    for number, passage in enumerate(passages, start=1):
        left -= passage.chunk.token_count
        fits = number == 1 or left >= 0
        numbered.append(passage.model_copy(update={"number": number}) if fits else passage)
        if not fits:
            break
    return (*numbered, *passages[len(numbered) :])


def context(considered: tuple[FoundPassage, ...]) -> tuple[FoundPassage, ...]:
    """Return the passages that the answer may rest on, by their numbers; none if they say too little."""
    return tuple(passage for passage in considered if passage.number is not None)


def _passages(
    ranking: Ranking, asked: EmbeddedQuestion, by_question: Sequence[Candidate], limit: int, retriever: Retriever
) -> tuple[FoundPassage, ...]:
    places = {candidate.id: place for place, candidate in enumerate(ranking.candidates)}
    word_scores = {candidate.id: candidate.term_score for candidate in by_question}

    def passage(found: ScoredChunk) -> FoundPassage:
        place = places[found.chunk.id]
        rerank_score = None if ranking.rerank_scores is None else float(ranking.rerank_scores[place])
        return FoundPassage(
            number=None,
            chunk=found.chunk,
            score=found.score,
            similarity=float(ranking.embeddings[place] @ asked.embedding),
            word_score=word_scores.get(found.chunk.id),
            rerank_score=rerank_score if rerank_score == rerank_score else None,  # noqa: PLR0124 - NaN: not read
        )

    return tuple(map(passage, retriever.chosen(ranking, limit=limit)))

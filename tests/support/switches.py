"""Fingerprints, notes and figures with few literal values, for tests of switches."""

from collections.abc import Sequence
from datetime import UTC, datetime

from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.scoring import QuestionScore, RetrievalFigures, group_figures
from llm_engineering.application.index.building import collection_for
from llm_engineering.application.index.catalog import IndexCatalog, IndexEntry
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity
from tests.support.catalogs import CatalogInMemory

LETTERS = EmbeddingIdentity(model="letters", dimension=3, precision="float32")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def fingerprint(min_tokens: int, embedding: EmbeddingIdentity = LETTERS) -> IndexFingerprint:
    chunking = Chunking(max_tokens=256, min_tokens=min_tokens)
    return IndexFingerprint(chunking=chunking, embedding=embedding, terms=STANDARD_TERMS)


def built(catalog: CatalogInMemory, min_tokens: int, *, synced_at: datetime | None = NOON, points: int = 7) -> str:
    """Make a collection and note that it is complete."""
    name = collection_for(catalog, fingerprint(min_tokens), NOON)
    catalog.make(name, LETTERS)
    noted(catalog, name, min_tokens, synced_at=synced_at, points=points)
    return name


def noted(catalog: IndexCatalog, name: str, min_tokens: int, **fields: object) -> None:
    """Note a fingerprint and more of a collection."""
    catalog.note(name, IndexEntry(fingerprint=fingerprint(min_tokens), made_at=NOON).model_copy(update=fields))


def figures(ndcg: Sequence[float]) -> RetrievalFigures:
    """Return figures in which each question has an nDCG@10, and a recall@10 and MRR@10 of 1."""
    scores = tuple(
        QuestionScore(
            question_id=f"question {number}",
            kind=QuestionKind.HEADING,
            author_full_name="Ada Lovelace",
            ndcg=value,
            recall=1,
            reciprocal_rank=1,
            first_rank=1,
        )
        for number, value in enumerate(ndcg)
    )
    return RetrievalFigures(
        golden_version="0123456789ab", overall=group_figures(scores), per_kind={}, per_author={}, scores=scores
    )

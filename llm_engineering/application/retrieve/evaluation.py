"""Measures retrieval on judged questions: the same cleaning, chunks, vectors and ranking as in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.preprocess.chunking import Chunking, Chunks, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.retrieve.configuration import Feedback, Fusion, Retrieval, Smoothing
from llm_engineering.application.retrieve.judgements import JudgedDocument, JudgedQuestion
from llm_engineering.application.retrieve.metrics import Interval, mean_with_interval, ndcg, recall, reciprocal_rank
from llm_engineering.domain.documents import ArticleDocument, Content

AUTHOR_ID: Final = "corpus"
"""The author of all documents of a corpus."""
Rankings = Mapping[str, Sequence[str]]
"""Ids of documents, the best first, for the id of each question."""


@dataclass(frozen=True, slots=True)
class Measures:
    """How good the rankings of one way of searching are, each with its uncertainty."""

    ndcg: Interval
    """Normalised discounted cumulative gain of the first 10."""
    recall: Interval
    """Share of what is relevant among the first 10."""
    mrr: Interval
    """1 divided by the rank of the first relevant document, 0 beyond rank 10."""


def corpus_chunks(documents: Sequence[JudgedDocument], tokenizer: Tokenizer) -> Chunks:
    """Return the chunks of a corpus; a document that has only a title consists of that."""
    raw = [
        ArticleDocument(
            id=document.id,
            content=Content(title=document.title, text=document.text if document.text.strip() else document.title),
            platform=AUTHOR_ID,
            author_id=AUTHOR_ID,
            author_full_name="",
            link=document.id,
        )
        for document in documents
    ]
    return chunks_of_documents(cleaned_documents(raw).items, tokenizer, Chunking())


def compared_ways(retrieval: Retrieval) -> dict[str, Retrieval]:
    """Return the ways of searching that are measured: by meaning alone, by words alone, and as configured."""
    plain = {"feedback": Feedback(documents=0), "smoothing": Smoothing(share=0), "diversity": 0.0, "reranking": None}
    return {
        "dense": retrieval.model_copy(update={**plain, "fusion": Fusion(meaning_weight=1, words_weight=0)}),
        "sparse": retrieval.model_copy(update={**plain, "fusion": Fusion(meaning_weight=0, words_weight=1)}),
        "fused": retrieval,
    }


def measures(questions: Sequence[JudgedQuestion], rankings: Rankings) -> Measures | None:
    """Return the measures over the questions that name something relevant; None if none does."""
    judged = [(rankings[question.id], question.relevant) for question in questions if question.relevant]
    if not judged:
        return None
    return Measures(
        ndcg=mean_with_interval([ndcg(ranking, relevant) for ranking, relevant in judged]),
        recall=mean_with_interval([recall(ranking, relevant) for ranking, relevant in judged]),
        mrr=mean_with_interval([reciprocal_rank(ranking, relevant) for ranking, relevant in judged]),
    )

"""Step: how well the live index answers."""

from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.accepted import last_accepted
from llm_engineering.application.evaluate.evaluation import RetrievalEvaluation, retrieval_evaluation, searches
from llm_engineering.application.evaluate.golden import GoldenSet
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_document_store,
    opened_vector_store,
    reranker,
    term_encoder,
)
from llm_engineering.settings import Settings
from steps.evaluation.materializer import EvaluationMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=EvaluationMaterializer)  # the index changes outside of ZenML
def score_retrieval(
    golden: GoldenSet,
    retrieval: Retrieval,
    compare_ways: bool,
) -> Annotated[RetrievalEvaluation, "retrieval_evaluation"]:
    """Return how well the index of the settings answers the questions, and what was accepted before."""
    settings = Settings()
    model = embedder(settings)
    with opened_document_store(settings) as store:
        before = last_accepted(store, settings.qdrant_collection)
    with (
        opened_vector_store(settings, model.identity) as vectors,
        progress_bar("Searching", searches(golden, compare_ways=compare_ways)) as advance,
    ):
        retriever = Retriever(model, term_encoder(), vectors, retrieval, reranker(retrieval.reranking))
        return retrieval_evaluation(retriever, golden, before, compare_ways=compare_ways, on_progress=advance)

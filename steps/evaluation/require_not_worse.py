"""Step: the end of an evaluation that is worse than the one accepted last."""

from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.evaluation import RetrievalEvaluation
from llm_engineering.application.evaluate.gate import GateRule, GateVerdict, gate_verdict
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # accepted figures lie outside of ZenML
def require_not_worse(
    evaluation: RetrievalEvaluation,
    gate: GateRule,
    accept: bool,
) -> Annotated[GateVerdict, "gate_verdict"]:
    """Return the verdict on an evaluation, or fail the run; the evaluation itself is kept by the step before."""
    settings = Settings()
    with opened_document_store(settings) as store:
        return gate_verdict(
            store,
            evaluation.measured,
            settings.qdrant_collection,
            rule=gate,
            accept=accept,
            now=datetime.now(UTC),
        )

"""Step: the end of a run of which too much failed."""

from typing import Annotated

from zenml import step

from llm_engineering.application.summarize.summaries import Summaries, enough_summaries
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)
def require_summaries(summaries: Summaries, max_failed_share: float) -> Annotated[Summaries, "accepted_summaries"]:
    """Return the summaries, or fail the run; they are kept by the step before."""
    return enough_summaries(summaries, max_failed_share)

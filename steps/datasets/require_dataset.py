"""Step: the end of a run that made too little."""

from typing import Annotated

from zenml import step

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.gating import require_yield
from llm_engineering.domain.samples import GatedDataset
from steps.datasets.materializer import DatasetMaterializer


@step(enable_cache=False, output_materializers=DatasetMaterializer)
def require_dataset(dataset: GatedDataset, gates: DatasetGates) -> Annotated[GatedDataset, "accepted_dataset"]:
    """Return the data set, or fail the run; it is kept by the step before."""
    return require_yield(dataset, gates.min_kept_share, gates.min_kept)

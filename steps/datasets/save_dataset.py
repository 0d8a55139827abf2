"""Step: a data set as a folder of Parquet files."""

from typing import Annotated

from zenml import step

from llm_engineering.application.datasets.card import CardDetails
from llm_engineering.application.datasets.rows import RowStyle
from llm_engineering.domain.samples import GatedDataset
from llm_engineering.infrastructure.datasets.contracts import dataset_contract
from llm_engineering.infrastructure.datasets.parquet_folder import DatasetFolder, SavedDataset, save_dataset
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the folder lies outside of ZenML
def save_dataset_folder(
    dataset: GatedDataset,
    folder: str,
    details: CardDetails | None = None,
    style: RowStyle = RowStyle.MESSAGES,
) -> Annotated[DatasetFolder, "dataset_folder"]:
    """Write what is used of a data set to a folder that `datasets.load_dataset` reads, and return where it lies."""
    settings = Settings()
    contract = dataset_contract(settings, dataset)
    saved = SavedDataset(dataset=dataset, contract=contract, details=details or CardDetails(), style=style)
    return save_dataset(saved, settings.data_folder / folder)

"""Step: a data set on the Hugging Face Hub."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step

from llm_engineering.application.datasets.rows import RowStyle
from llm_engineering.domain.samples import GatedDataset
from llm_engineering.infrastructure.datasets.contracts import dataset_contract
from llm_engineering.infrastructure.datasets.hub import Publication, PushedDataset, push_to_huggingface
from llm_engineering.infrastructure.datasets.parquet_folder import SavedDataset, save_dataset
from llm_engineering.infrastructure.hub import required_token
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the Hub lies outside of ZenML
def push_dataset_to_huggingface(
    dataset: GatedDataset,
    publication: Publication,
    style: RowStyle = RowStyle.MESSAGES,
) -> Annotated[PushedDataset, "pushed_dataset"]:
    """Push what is used of a data set with its card, and return where it lies."""
    settings = Settings()
    token = required_token(publication, settings.huggingface_access_token)  # told before anything is written
    with TemporaryDirectory() as temporary:
        contract = dataset_contract(settings, dataset)
        saved = SavedDataset(dataset=dataset, contract=contract, details=publication.details, style=style)
        folder = save_dataset(saved, Path(temporary) / "dataset")
        return push_to_huggingface(Path(folder.folder), publication, token)

"""Step: what the gates leave of samples."""

from pathlib import Path
from typing import Annotated

from zenml import step

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.gating import gated_dataset
from llm_engineering.application.datasets.generating import GeneratedSamples, required_replies
from llm_engineering.application.datasets.generation import Checking
from llm_engineering.application.datasets.reviews import reviewed_samples, reviews_of, with_reviews
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.domain.samples import GatedDataset
from llm_engineering.infrastructure.datasets.detectors import dataset_detectors
from llm_engineering.infrastructure.datasets.reading import read_texts
from llm_engineering.infrastructure.factory import embedder, opened_document_store
from llm_engineering.settings import Settings
from steps.datasets.materializer import DatasetMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=DatasetMaterializer)  # detectors and evaluation sets lie outside
def gate_samples(
    samples: GeneratedSamples, documents: CleanedDocuments, gates: DatasetGates, checking: Checking
) -> Annotated[GatedDataset, "gated_dataset"]:
    """Return which samples are used, and why the others are not; fails if too many requests for samples failed.

    What people said of the same samples before goes first.
    """
    required_replies(samples, checking.max_failed_share)
    settings = Settings()
    with opened_document_store(settings) as store:
        reviewed = reviewed_samples(samples.items, reviews_of(store, [sample.id for sample in samples.items]))
    with progress_bar("Checking samples", len(reviewed.kept)) as advance:
        dataset = gated_dataset(
            reviewed.kept,
            documents.items,
            gates,
            dataset_detectors(),
            {name: read_texts(Path(name)) for name in checking.evaluation_files},
            embedder=embedder(settings) if checking.by_meaning else None,
            on_progress=advance,
        )
    return with_reviews(dataset, reviewed)

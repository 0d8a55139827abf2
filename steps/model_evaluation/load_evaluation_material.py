"""Step: what models are asked, and the texts that their answers are held to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.current import current_questions, documents_asked_about, live_documents
from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER, read_golden_set
from llm_engineering.application.evaluate.model_scoring.configuration import (
    EvaluationData,
    ModelEvaluating,
    PerplexityTexts,
)
from llm_engineering.application.evaluate.model_scoring.questions import (
    EvaluationMaterial,
    evaluation_material,
    held_out_documents,
)
from llm_engineering.application.experiments.questions import ComparedQuestions, questions_of_golden_set
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import documents_of, stored_author
from llm_engineering.domain.documents import Category, CleanedDocument
from llm_engineering.domain.samples import GatedDataset, Sample, Split
from llm_engineering.infrastructure.datasets.parquet_folder import GATES_FILE, read_dataset
from llm_engineering.infrastructure.datasets.reading import read_samples
from llm_engineering.infrastructure.evaluation.checks import checked_models
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.model_evaluation.last_dataset import last_instruct_set


@step(enable_cache=False, output_materializers=ResultMaterializer)  # files, warehouse and models change outside
def load_evaluation_material(evaluating: ModelEvaluating) -> Annotated[EvaluationMaterial, "evaluation_material"]:
    """Return questions and texts, after a look at the models: what is missing is told before one of them is loaded."""
    return loaded_material(Settings(), evaluating)


def loaded_material(settings: Settings, evaluating: ModelEvaluating) -> EvaluationMaterial:
    """Return questions and texts, after a look at the models.

    Raises:
        TwinError: Something of it is not there, or cannot be read.
    """
    samples, source = _samples(settings, evaluating.data)
    with opened_document_store(settings) as store:
        material = evaluation_material(
            evaluating,
            samples,
            _golden(settings, store, evaluating.data),
            source=source,
            held_out=_held_out(store, evaluating, samples),
            all_documents=_all_documents(store, evaluating, samples),
        )
    checked_models(settings, evaluating, material.contract_hash)
    return material


def _samples(settings: Settings, data: EvaluationData) -> tuple[Sequence[Sample], str]:
    if data.dataset is None:
        found = last_instruct_set()
        return _with_sides(found.dataset), found.name
    below = settings.data_folder / data.dataset
    path = Path(data.dataset)
    if not path.exists() and below.exists():
        path = below
    if (path / GATES_FILE).is_file():
        return _with_sides(read_dataset(path).dataset), data.dataset
    return read_samples(str(path)), data.dataset


def _with_sides(dataset: GatedDataset) -> list[Sample]:
    sides = ((Split.TRAIN, dataset.train), (Split.TEST, dataset.test))
    return [sample.model_copy(update={"split": side}) for side, samples in sides for sample in samples]


def _golden(settings: Settings, store: DocumentStore, data: EvaluationData) -> ComparedQuestions | None:
    if not data.golden:
        return None
    golden = read_golden_set(settings.data_folder / GOLDEN_FOLDER, data.golden_version)
    return questions_of_golden_set(current_questions(golden, documents_asked_about(store, golden)), data.golden)


def _held_out(
    store: DocumentStore, evaluating: ModelEvaluating, samples: Sequence[Sample]
) -> tuple[CleanedDocument, ...]:
    wanted = evaluating.perplexity
    if wanted is None or wanted.texts is not PerplexityTexts.DOCUMENTS:
        return ()
    return live_documents(store, held_out_documents(samples))


def _all_documents(
    store: DocumentStore, evaluating: ModelEvaluating, samples: Sequence[Sample]
) -> tuple[CleanedDocument, ...]:
    if not evaluating.memorisation.documents:
        return ()
    names = {each.provenance.source.author_full_name for each in samples if each.provenance}
    if evaluating.author is not None:
        names.add(evaluating.author)
    found = (
        document for name in sorted(names) for document in documents_of(store, stored_author(store, name).id, Category)
    )
    return cleaned_documents(document for document in found if document.is_live).items

"""Pipeline: documents of the warehouse become training data."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.generation import Checking, Generation
from llm_engineering.infrastructure.datasets.sharing import Sharing
from steps.datasets.gate_samples import gate_samples
from steps.datasets.generate_samples import generate_samples
from steps.datasets.push_to_huggingface import push_dataset_to_huggingface
from steps.datasets.require_dataset import require_dataset
from steps.datasets.save_dataset import save_dataset_folder
from steps.feature_engineering.clean_documents import clean_documents
from steps.feature_engineering.query_data_warehouse import query_data_warehouse


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def generate_datasets(
    author_full_names: list[str], generation: Generation, gates: DatasetGates, checking: Checking, sharing: Sharing
) -> None:
    """Make an instruct or a preference set of what authors have written; fails if the gates leave too little.

    Args:
        author_full_names: Whose documents.
        generation: What is made of them, and by whom.
        gates: What a sample must be like.
        checking: When the run fails, and what is compared by meaning.
        sharing: Where the set is written to.
    """
    documents = clean_documents(query_data_warehouse(author_full_names))
    dataset = gate_samples(generate_samples(documents, generation), documents, gates, checking)
    accepted = require_dataset(dataset, gates)
    if sharing.folder is not None:
        save_dataset_folder(accepted, sharing.folder, sharing.card, sharing.style)
    if sharing.hub is not None:
        push_dataset_to_huggingface(accepted, sharing.hub, sharing.style)

"""Pipeline: documents of the warehouse become training data."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.generation import Checking, Generation
from steps.datasets.gate_samples import gate_samples
from steps.datasets.generate_samples import generate_samples
from steps.datasets.require_dataset import require_dataset
from steps.feature_engineering.clean_documents import clean_documents
from steps.feature_engineering.query_data_warehouse import query_data_warehouse


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def generate_datasets(
    author_full_names: list[str], generation: Generation, gates: DatasetGates, checking: Checking
) -> None:
    """Make an instruct or a preference set of what authors have written; fails if the gates leave too little.

    Args:
        author_full_names: Whose documents.
        generation: What is made of them, and by whom.
        gates: What a sample must be like.
        checking: When the run fails, and what is compared by meaning.
    """
    documents = clean_documents(query_data_warehouse(author_full_names))
    dataset = gate_samples(generate_samples(documents, generation), documents, gates, checking)
    require_dataset(dataset, gates)

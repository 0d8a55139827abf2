"""Pipeline: documents of the warehouse become questions with known answers."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.evaluate.making import Asking
from steps.evaluation.make_questions import make_questions
from steps.feature_engineering.clean_documents import clean_documents
from steps.feature_engineering.query_data_warehouse import query_data_warehouse


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def make_golden(author_full_names: list[str], asking: Asking) -> None:
    """Freeze questions that the documents of the authors answer.

    Args:
        author_full_names: Whose documents.
        asking: How many questions of which kind.
    """
    make_questions(clean_documents(query_data_warehouse(author_full_names)), asking)

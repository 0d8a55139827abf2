"""Step: the author whose writing is collected."""

from typing import Annotated

from zenml import step

from llm_engineering.application.warehouse.authors import WrittenAuthor, written_author
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)
def get_or_create_user(author_full_name: str) -> Annotated[WrittenAuthor, "user"]:
    """Return the stored author of a full name, who is written if he is new."""
    with opened_document_store(Settings()) as store:
        return written_author(store, author_full_name)

"""Step: the collection that was built answers, if the rule lets it."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER
from llm_engineering.application.index.building import collection_for
from llm_engineering.application.index.coverage import missing_authors
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.gone_documents import removed_gone_documents
from llm_engineering.application.index.manifest import drop_manifest
from llm_engineering.application.index.switch_rule import Switching
from llm_engineering.application.index.switching import SwitchReport, SwitchVerdict, switched_index
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.preprocess.query import known_author
from llm_engineering.domain.chunks import STANDARD_TERMS
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_document_store,
    opened_noted_collection,
)
from llm_engineering.infrastructure.index_scoring import golden_score
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the collections change outside of ZenML
def switch_index(
    author_full_names: list[str], chunking: Chunking, switching: Switching
) -> Annotated[SwitchReport, "switch_report"]:
    """Compare the collection of the fingerprint with the live one, and switch to it by the rule."""
    settings = Settings()
    fingerprint = IndexFingerprint.of(embedder(settings), chunking, STANDARD_TERMS)
    with opened_document_store(settings) as store, opened_catalog(settings) as catalog:
        author_ids = [known_author(store, name).id for name in author_full_names]
        opened = partial(opened_noted_collection, settings, catalog)
        report = switched_index(
            catalog,
            collection_for(catalog, fingerprint, datetime.now(UTC)),
            switching,
            missing_authors=partial(
                missing_authors,
                store,
                indexed=author_ids,
                opened=opened,
            ),
            score=golden_score(settings, catalog, store, settings.data_folder / GOLDEN_FOLDER),
            before_deleting=partial(drop_manifest, store),
        )
        if report.verdict is not SwitchVerdict.KEPT:
            return report
        removed = removed_gone_documents(store, report.live, author_ids, opened)
        return report.model_copy(update={"removed_from_live": removed})

"""Asks collections the golden questions, each with the model that it was made with."""

from collections.abc import Callable
from pathlib import Path

from llm_engineering.application.evaluate.current import current_questions, documents_asked_about
from llm_engineering.application.evaluate.golden import GoldenSet
from llm_engineering.application.evaluate.golden_files import GoldenSetMissingError, read_golden_set
from llm_engineering.application.evaluate.scoring import RetrievalFigures, golden_figures
from llm_engineering.application.index.catalog import IndexCatalog, described
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.switch_rule import UnscorableCollectionError
from llm_engineering.application.ports import DocumentStore, Embedder
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.infrastructure.embedders.model_folder import ModelUnavailableError
from llm_engineering.infrastructure.factory import embedder, opened_collection, term_encoder
from llm_engineering.settings import Settings


def golden_score(
    settings: Settings, catalog: IndexCatalog, store: DocumentStore, folder: Path
) -> Callable[[str], RetrievalFigures] | None:
    """Return a function that asks a collection the last golden questions; None if there are none that fit.

    Only questions are asked whose documents the live collection has as they are now: it is not to lose because it is
    older.

    Args:
        settings: Of the collections.
        catalog: The collections.
        store: The warehouse.
        folder: Where golden sets are kept.

    Raises:
        GoldenSetChangedError: A frozen set was edited.
    """
    golden = _fair_questions(catalog, store, folder)
    if not golden.items:
        return None

    def score(name: str) -> RetrievalFigures:
        model = collection_embedder(settings, catalog, name)
        with opened_collection(settings, name, model.identity) as vectors:
            return golden_figures(Retriever(model, term_encoder(), vectors, Retrieval()), golden)

    return score


def collection_embedder(settings: Settings, catalog: IndexCatalog, name: str) -> Embedder:
    """Return the embedder of the vectors of a collection, whichever is set.

    Raises:
        UnscorableCollectionError: Its model is not to be had, or not in that precision.
    """
    identity, entry = catalog.identity(name).embedding, catalog.entry(name)
    model_ids = (settings.text_embedding_model_id, entry.model_id if entry else None, identity.model)
    for model_id in dict.fromkeys(filter(None, model_ids)):
        try:
            asked = {"text_embedding_model_id": model_id, "text_embedding_backend": "auto"}
            model = embedder(settings.model_copy(update=asked), of=identity)
        except ModelUnavailableError:
            continue  # the next name may do; if none does, that is the error
        if model.identity == identity:
            return model
    raise UnscorableCollectionError(name, f"its model {described(identity)} is not to be had here")


def _fair_questions(catalog: IndexCatalog, store: DocumentStore, folder: Path) -> GoldenSet:
    try:
        golden = read_golden_set(folder)
    except GoldenSetMissingError:
        return GoldenSet(items=())
    documents = {each.provenance.document_id: each for each in documents_asked_about(store, golden)}
    known = Manifest(store, catalog.live() or "").named(sorted(documents))
    for indexed in known:
        if indexed.content_hash != documents[indexed.document_id].provenance.content_hash:
            del documents[indexed.document_id]
    return current_questions(golden, documents.values())

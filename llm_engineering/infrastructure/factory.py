"""Builds the adapters that the settings ask for. Each library is imported only when its adapter is built."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from llm_engineering.application.ports import DocumentStore, Embedder, VectorStore
from llm_engineering.application.retrieve.configuration import Reranking
from llm_engineering.application.retrieve.reranking import Reranker
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity
from llm_engineering.settings import Settings


@contextmanager
def opened_document_store(settings: Settings) -> Iterator[DocumentStore]:
    """Yield the document store: MongoDB where `database_host` is set, else SQLite in the data folder.

    Raises:
        StoreUnavailableError: The store could not be reached or opened.
        StoreReadOnlyError: The data folder may not be written.
    """
    with closing(_document_store(settings)) as store:
        yield store


def _document_store(settings: Settings) -> DocumentStore:
    if settings.database_host is not None:
        from llm_engineering.infrastructure.document_stores.mongodb import MongoDocumentStore

        return MongoDocumentStore.connect(
            settings.database_host, settings.database_name, timeout_seconds=settings.store_timeout_seconds
        )
    from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore

    return SqliteDocumentStore.open(
        settings.data_folder / "documents.sqlite3", timeout_seconds=settings.store_timeout_seconds
    )


@contextmanager
def opened_vector_store(settings: Settings, identity: EmbeddingIdentity) -> Iterator[VectorStore]:
    """Yield the collection of the settings: on a Qdrant server where `qdrant_url` is set, else in Qdrant Edge.

    Raises:
        CollectionMismatchError: The collection was made with another embedding model or without its terms.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: The store could not be reached or opened.
        StoreReadOnlyError: The data folder may not be written.
    """
    with closing(_vector_store(settings, identity)) as store:
        yield store


def _vector_store(settings: Settings, identity: EmbeddingIdentity) -> VectorStore:
    if settings.qdrant_url is not None:
        from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore

        return QdrantServerVectorStore.connect(
            settings.qdrant_url,
            settings.qdrant_api_key,
            settings.qdrant_collection,
            identity,
            timeout_seconds=settings.store_timeout_seconds,
        )
    from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore

    return QdrantEdgeVectorStore.open(settings.data_folder / "vectors", settings.qdrant_collection, identity)


def embedder(settings: Settings) -> Embedder:
    """Return the embedder of the settings; the model is loaded when the first text is embedded.

    Raises:
        ModelUnavailableError: The model is neither installed, nor a local folder, nor to be had from the Hub.
    """
    from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder.from_model_id(settings.text_embedding_model_id)


def term_encoder() -> TermEncoder:
    """Return the encoder of the scheme that all collections have."""
    from llm_engineering.infrastructure.stemming import stemmer

    return TermEncoder(STANDARD_TERMS, stemmer(STANDARD_TERMS.language))


def reranker(reranking: Reranking | None) -> Reranker | None:
    """Return the reranker that a configuration names, or None if it names none.

    Raises:
        UnusableRerankerError: The model is neither a local folder nor to be had from the Hub.
    """
    if reranking is None:
        return None
    from llm_engineering.infrastructure.rerankers.cross_encoder import CrossEncoderReranker

    return CrossEncoderReranker.from_model_id(reranking.model)

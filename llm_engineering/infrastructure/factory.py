"""Builds the adapters that the settings ask for. Each library is imported only when its adapter is built."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from llm_engineering.application.index.catalog import IndexCatalog, live_collection
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore, Embedder, SearchableIndex, VectorStore
from llm_engineering.application.prompts.cached import CachedPrompts
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.application.prompts.stored import StoredPrompts
from llm_engineering.application.prompts.templates import filling
from llm_engineering.application.retrieve.configuration import Reranking
from llm_engineering.application.retrieve.reranking import Reranker
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity, TermScheme
from llm_engineering.infrastructure.tracing.recorders import opik_access
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
def opened_catalog(settings: Settings) -> Iterator[IndexCatalog]:
    """Yield the collections of the index of the settings: on a Qdrant server where `qdrant_url` is set, else in Edge.

    Nothing is opened or asked before it is used.

    Raises:
        InvalidInputError: The address or the key of the server cannot be used.
    """
    with closing(_catalog(settings)) as catalog:
        yield catalog


def _catalog(settings: Settings) -> IndexCatalog:
    if settings.qdrant_url is not None:
        from llm_engineering.infrastructure.vector_stores.server_catalog import ServerCatalog

        return ServerCatalog.connect(
            settings.qdrant_url,
            settings.qdrant_api_key,
            settings.qdrant_collection,
            timeout_seconds=settings.store_timeout_seconds,
        )
    from llm_engineering.infrastructure.vector_stores.edge_catalog import EdgeCatalog

    return EdgeCatalog(settings.data_folder / "vectors", settings.qdrant_collection)


@contextmanager
def opened_vector_store(settings: Settings, identity: EmbeddingIdentity) -> Iterator[VectorStore]:
    """Yield the live collection of the settings, to ask questions that were embedded with a model.

    A switch that comes in between does not matter: what is yielded stays whole and answers.

    Raises:
        NoLiveIndexError: No index has been built yet.
        LiveIndexMismatchError: The live index was made with another embedding model.
        CollectionMismatchError: It was made without the terms that this version searches by.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: The store could not be reached or opened.
        StoreReadOnlyError: The data folder may not be written.
    """
    with opened_catalog(settings) as catalog:
        live = live_collection(catalog, identity)
    with closing(_vector_store(settings, live, identity, STANDARD_TERMS, is_built=False)) as store:
        yield store


@contextmanager
def opened_live_index(settings: Settings, identity: EmbeddingIdentity) -> Iterator[SearchableIndex]:
    """Yield the live collection of the settings, and after a switch the one that is live then.

    That is `service_index_seconds` after the switch at most; answers under way go on reading where they have begun.
    Only opening the first one raises, as `opened_vector_store` does; see `FollowedIndex.look` for those after it.
    """
    from llm_engineering.infrastructure.vector_stores.followed_index import FollowedIndex, following

    with opened_catalog(settings) as catalog:
        index = FollowedIndex(
            lambda: live_collection(catalog, identity),
            lambda name: _vector_store(settings, name, identity, STANDARD_TERMS, is_built=False),
            linger_seconds=settings.service_deadline_seconds,
        )
        with following(index, settings.service_index_seconds):
            yield index


@contextmanager
def opened_noted_collection(settings: Settings, catalog: IndexCatalog, name: str) -> Iterator[VectorStore]:
    """Yield a collection that is there, whatever it was made with: to count and to delete, not to search.

    Raises:
        UnknownCollectionError: It is not there.
        CollectionMismatchError: It was made before there were terms, or does not say what it holds.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: The store could not be reached or opened.
    """
    held = catalog.identity(name)
    with opened_collection(settings, name, held.embedding, held.terms or STANDARD_TERMS) as store:
        yield store


@contextmanager
def opened_collection(
    settings: Settings, name: str, identity: EmbeddingIdentity, terms: TermScheme = STANDARD_TERMS
) -> Iterator[VectorStore]:
    """Yield a collection by its name, live or not; it is made if it is not there.

    Raises:
        CollectionMismatchError: The collection was made with another embedding model or other terms, or on a server
            with another number of shards than the settings say.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: The store could not be reached or opened.
        StoreReadOnlyError: The data folder may not be written.
    """
    with closing(_vector_store(settings, name, identity, terms, is_built=True)) as store:
        yield store


def _vector_store(
    settings: Settings, name: str, identity: EmbeddingIdentity, terms: TermScheme, *, is_built: bool
) -> VectorStore:
    if settings.qdrant_url is not None:
        from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore
        from llm_engineering.infrastructure.vector_stores.server_layout import layout_of

        return QdrantServerVectorStore.connect(
            settings.qdrant_url,
            settings.qdrant_api_key,
            name,
            identity,
            terms,
            timeout_seconds=settings.store_timeout_seconds,
            layout=layout_of(settings),
            brings_up=is_built,
        )
    from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore

    return QdrantEdgeVectorStore.open(settings.data_folder / "vectors", name, identity, terms)


def embedder(settings: Settings, *, of: EmbeddingIdentity | None = None) -> Embedder:
    """Return the embedder of the settings; the model is loaded when the first text is embedded.

    Args:
        settings: Which model, and on which backend.
        of: Vectors that its own are to be compared with, by default those of the live index. A backend that is chosen
            by itself keeps to their precision, if the model is theirs.

    Raises:
        ModelUnavailableError: The model is neither installed, nor a local folder, nor to be had from the Hub.
    """
    from llm_engineering.infrastructure.embedders.choice import VERDICTS_FILE, BackendChoice
    from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder

    choice = BackendChoice(
        settings.text_embedding_backend,
        verdicts=settings.data_folder / VERDICTS_FILE,
        live=lambda: of or _live_identity(settings),
    )
    return SentenceTransformerEmbedder.from_model_id(settings.text_embedding_model_id, choice)


def _live_identity(settings: Settings) -> EmbeddingIdentity | None:
    with opened_catalog(settings) as catalog:
        live = catalog.live()
        return catalog.identity(live).embedding if live else None


def term_encoder() -> TermEncoder:
    """Return the encoder of the scheme that all collections have."""
    from llm_engineering.infrastructure.stemming import stemmer

    return TermEncoder(STANDARD_TERMS, stemmer(STANDARD_TERMS.language))


def language_model(settings: Settings, prompts: PromptSource) -> LanguageModel:
    """Return the language model of the settings; no weights are loaded and no question is sent before its first call.

    Its calls are metered and kept within the budget, each is in the ledger in the data folder, and a model that fails
    is tried again, then left alone for a while. Whoever takes it closes it.

    Args:
        settings: Which model.
        prompts: What it will be asked with; a model that was trained under another contract is refused.

    Raises:
        ContractMismatchError: It was trained under another prompt contract, and `allow_other_contract` is not set.
        UnreadableContractError: The contract that lies with it, or its tag, is none.
        InvalidInputError: Settings contradict each other, one is missing, or an address or a key cannot be used.
    """
    from llm_engineering.infrastructure.language_models.building import built_model

    return built_model(settings, prompts)


def reranker(reranking: Reranking | None) -> Reranker | None:
    """Return the reranker that a configuration names, or None if it names none.

    Raises:
        UnusableRerankerError: The model is neither a local folder nor to be had from the Hub.
    """
    if reranking is None:
        return None
    from llm_engineering.infrastructure.rerankers.cross_encoder import CrossEncoderReranker

    return CrossEncoderReranker.from_model_id(reranking.model)


def prompt_source(settings: Settings, store: DocumentStore) -> PromptSource:
    """Return where prompts come from: the code, or the store or Opik with the code behind it.

    Args:
        settings: Which of them, which versions are current instead, and for how long one is kept.
        store: The document store, read only if prompts come from it.

    Raises:
        UnknownPromptError: `prompt_versions` names a prompt that there is not, or for the code a version.
        InvalidInputError: Opik is asked for, but cannot be asked as it is set up.
    """
    versions = settings.pinned_prompt_versions
    if settings.prompt_origin == "code":
        return code_prompts(versions)
    for name in versions:
        filling(name)
    return CachedPrompts(
        StoredPrompts(store) if settings.prompt_origin == "store" else _opik_prompts(settings),
        code_prompts(),
        ttl_seconds=settings.prompt_cache_seconds,
        versions=versions,
    )


def _opik_prompts(settings: Settings) -> PromptSource:
    from llm_engineering.infrastructure.prompts.opik_prompts import OpikPrompts

    return OpikPrompts(opik_access(settings), timeout_seconds=settings.store_timeout_seconds)

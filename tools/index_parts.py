"""Opens what belongs to the index of a configuration: documents, manifest, collection and model."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from llm_engineering.application.index.building import collection_for
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.estimate import NothingStored
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import DocumentStore, Embedder, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.preprocess.query import known_author
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
    term_encoder,
)
from llm_engineering.settings import Settings
from pipelines.parameters import FeatureEngineering


class NoCollectionError(InvalidInputError):
    """There is no collection for a configuration yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The collection {name!r:.120} of this configuration is not there, so nothing can be compared or mended.",
            remedy="Run the feature pipeline: it builds it.",
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class IndexParts:
    """An index with all that it is made from."""

    authors: Mapping[str, str]
    """Full names of the authors who are indexed, by their ids."""
    store: DocumentStore
    index: DocumentIndex
    collection: VectorStore | None
    """The collection, if it is there."""
    embedder: Embedder
    encoder: TermEncoder
    chunking: Chunking
    price_per_million_tokens: float | None
    now: datetime

    @property
    def reader(self) -> DocumentReader:
        """The documents as they are now."""
        return DocumentReader(StoredDocuments(self.store), self.embedder.tokenizer, self.chunking)

    @property
    def writable(self) -> VectorStore:
        """The collection.

        Raises:
            NoCollectionError: It is not there.
        """
        if self.collection is None:
            raise NoCollectionError(self.index.manifest.collection)
        return self.collection

    def follow(self) -> IndexReport:
        """Make the index follow the documents of these authors and of all others that it holds."""
        known = self.index.manifest.author_ids()
        return followed_documents(
            [*self.authors, *sorted(known - self.authors.keys())],
            reader=self.reader,
            index=self.index,
            writer=Writer(self.embedder, self.encoder, self.writable),
            now=self.now,
        )


@contextmanager
def opened_index(
    settings: Settings, parameters: FeatureEngineering, now: datetime, *, is_written: bool
) -> Iterator[IndexParts]:
    """Yield the index of a configuration: the collection that the next run of the feature pipeline would fill.

    Args:
        settings: Where the stores lie, and the model.
        parameters: Whose documents, and how they are cut.
        now: The time of the run.
        is_written: Whether there has to be a collection; otherwise none stands for an empty one.

    Raises:
        UnknownAuthorError: Nothing is stored of an author.
        NoCollectionError: There is no collection to be written.
        TwinError: A store or the model cannot be used.
    """
    model, encoder = embedder(settings), term_encoder()
    fingerprint = IndexFingerprint.of(model, parameters.chunking, encoder.scheme)
    with ExitStack() as opened:
        store = opened.enter_context(opened_document_store(settings))
        catalog = opened.enter_context(opened_catalog(settings))
        authors = {known_author(store, name).id: name for name in parameters.author_full_names}
        name = collection_for(catalog, fingerprint, now)
        collection = None
        if name in catalog.names():
            collection = opened.enter_context(opened_collection(settings, name, model.identity))
        elif is_written:
            raise NoCollectionError(name)
        yield IndexParts(
            authors=authors,
            store=store,
            index=DocumentIndex(collection or NothingStored(), Manifest(store, name), fingerprint.digest),
            collection=collection,
            embedder=model,
            encoder=encoder,
            chunking=parameters.chunking,
            price_per_million_tokens=parameters.price_per_million_tokens,
            now=now,
        )

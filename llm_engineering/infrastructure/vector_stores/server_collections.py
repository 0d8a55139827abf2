"""A collection on a Qdrant server: made with what belongs to it, and called by methods of the client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from loguru import logger
from pydantic import ValidationError
from qdrant_client import QdrantClient, models

from llm_engineering.domain.chunks import EmbeddingIdentity, TermScheme
from llm_engineering.domain.errors import CollectionMismatchError, StoreUnavailableError
from llm_engineering.infrastructure.vector_stores.payloads import (
    DATE_FIELD,
    FILTER_FIELDS,
    TENANT_FIELD,
    TERMS_NAME,
    VECTOR_NAME,
)
from llm_engineering.infrastructure.vector_stores.records import FORMAT_VERSION, CollectionRecord, check_record
from llm_engineering.infrastructure.vector_stores.server_calls import RequestRefusedError, ServerCalls
from llm_engineering.infrastructure.vector_stores.server_layout import STANDARD_LAYOUT, ServerLayout

ResultT = TypeVar("ResultT")

_METADATA_KEY: Final = "llm_twin"
_CONFLICT: Final = 409


class UnknownIdentityError(CollectionMismatchError):
    """A collection does not say which model its vectors come from, so nothing can be compared with them."""

    def __init__(self, location: str) -> None:
        super().__init__(
            f"The collection at {location} does not say with which embedding model it was made.",
            remedy=(
                "Choose another QDRANT_COLLECTION. If this program has just made it, the server is too old to keep "
                "the metadata of collections: update it to version 1.16 or newer."
            ),
        )
        self.location = location


class OtherShardsError(CollectionMismatchError):
    """A collection has another number of shards than is wanted."""

    def __init__(self, location: str, shards: int, wanted: int) -> None:
        super().__init__(
            f"The collection at {location} has {shards} shards, and QDRANT_SHARDS is {wanted}: a server of your own "
            "cannot change the number of shards of a collection.",
            remedy=(
                f"Set QDRANT_SHARDS={shards}, or unset it; or choose another QDRANT_COLLECTION and run the feature "
                "pipeline, which builds it with the new number. Qdrant Cloud can reshard a collection."
            ),
        )
        self.location = location
        self.shards = shards
        self.wanted = wanted


class WriteNotAppliedError(StoreUnavailableError):
    """A server took a write but had not carried it out when it answered."""

    def __init__(self, location: str, status: str) -> None:
        super().__init__(
            f"A write to the collection at {location} was taken but not carried out ({status}).",
            remedy="Run the same again: writing twice does no harm.",
        )
        self.location = location
        self.status = status


@dataclass(frozen=True, slots=True)
class ServerCollection:
    """A collection of a server, by its name. Every method can raise what `ServerCalls.result` raises."""

    client: QdrantClient
    name: str
    calls: ServerCalls
    layout: ServerLayout = STANDARD_LAYOUT
    """How it is kept, and searched."""

    @property
    def location(self) -> str:
        """Address of the collection, for people to read."""
        return f"{self.calls.server}/collections/{self.name}"

    def result(self, method: Callable[..., ResultT], **arguments: Any) -> ResultT:  # noqa: ANN401 - the method's own
        """Call a method of the client on this collection and return its result."""
        return self.calls.result(partial(method, self.name, **arguments))

    def write(
        self,
        method: Callable[..., models.UpdateResult | list[models.UpdateResult]],
        **arguments: Any,  # noqa: ANN401 - the method's own
    ) -> None:
        """Call a writing method of the client and return when the server has carried it out.

        Raises:
            WriteNotAppliedError: The server answered before it had.
        """
        results = self.result(method, wait=True, **arguments)
        for update in results if isinstance(results, list) else [results]:
            if update.status != models.UpdateStatus.COMPLETED:
                raise WriteNotAppliedError(self.location, update.status)

    def ensure(self, identity: EmbeddingIdentity, terms: TermScheme, *, brings_up: bool = True) -> None:
        """Make the collection if it is not there, or what it lacks.

        The identity goes into the metadata that the server keeps with each collection, in the request that
        makes it: no kill can come between the two.

        Args:
            identity: What its vectors are made with.
            terms: What its term vectors are made with.
            brings_up: Whether a collection that is kept otherwise than the layout says is changed to it. Whoever only
                asks leaves it alone: he may not be allowed to, and a large collection is busy for a while.

        Raises:
            OtherShardsError: It has another number of shards than the layout says, which a server cannot change.
            UnknownIdentityError: The collection says nothing about its vectors.
            OtherFormatError: It was written by another version of this program.
            IdentityMismatchError: It was made with another model, dimension or precision.
            TermsMismatchError: It has no term vectors, or those of another scheme.
        """
        is_there = self.result(self.client.collection_exists)
        if not is_there:
            self._make(CollectionRecord(format_version=FORMAT_VERSION, identity=identity, terms=terms))
        info = self.result(self.client.get_collection)
        check_record(self.record_in(info.config.metadata), self.location, identity, terms)
        if is_there and brings_up:
            self._bring_up(info.config)
        # A process that was killed between making the collection and its indexes left the rest to this one.
        for field in FILTER_FIELDS:
            if field not in info.payload_schema:
                keyword = models.KeywordIndexType.KEYWORD
                self._make_index(field, models.KeywordIndexParams(type=keyword, is_tenant=field == TENANT_FIELD))
        if DATE_FIELD not in info.payload_schema:
            self._make_index(DATE_FIELD, models.DatetimeIndexParams(type=models.DatetimeIndexType.DATETIME))

    def _bring_up(self, held: models.CollectionConfig) -> None:
        shards = self.layout.other_shards(held)
        if shards is not None:
            raise OtherShardsError(self.location, shards, self.layout.shards or 1)
        changes = self.layout.changes(held)
        if not changes:
            return
        self.result(self.client.update_collection, **changes)
        logger.info(
            "changed how {location} is kept: {names}; the server carries it out beside its other work",
            location=self.location,
            names=", ".join(changes),
        )
        if self.layout.more_copies(held):
            logger.warning(
                "{location} is to have {copies} copies. Qdrant Cloud makes them by itself; on servers of your own "
                "tell them which by POST {location}/cluster (replicate_shard), or build the index anew",
                location=self.location,
                copies=self.layout.replicas,
            )

    def _make(self, record: CollectionRecord) -> None:
        vector = models.VectorParams(
            size=record.identity.dimension, distance=models.Distance.COSINE, on_disk=self.layout.vectors_on_disk or None
        )
        terms = models.SparseVectorParams(modifier=models.Modifier.IDF)
        try:
            self.result(
                self.client.create_collection,
                vectors_config={VECTOR_NAME: vector},
                sparse_vectors_config={TERMS_NAME: terms},
                **self.layout.creation,
                metadata={_METADATA_KEY: record.model_dump(mode="json")},
            )
        except RequestRefusedError as error:
            if error.status != _CONFLICT:
                raise
            # Another process was faster, or the answer to the first try was lost.
            logger.debug("{location} has just been made", location=self.location)
        else:
            logger.info(
                "made the vector collection {location} for {model}",
                location=self.location,
                model=record.identity.model,
            )

    def _make_index(self, field: str, schema: models.KeywordIndexParams | models.DatetimeIndexParams) -> None:
        self.write(self.client.create_payload_index, field_name=field, field_schema=schema)

    def record_in(self, metadata: Mapping[str, Any] | None) -> CollectionRecord:
        """Return what the collection's metadata say of its vectors.

        Raises:
            UnknownIdentityError: They say nothing.
        """
        try:
            return CollectionRecord.model_validate((metadata or {}).get(_METADATA_KEY))
        except ValidationError as error:
            raise UnknownIdentityError(self.location) from error

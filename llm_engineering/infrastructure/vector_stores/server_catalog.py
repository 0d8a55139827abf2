"""The collections of an index on a Qdrant server: aliases say which is live and which was live before.

The aliases are named `<index>-live` and `<index>-previous`. They are not named like the index, because a collection
that was made before there were aliases may have that name, and a server refuses an alias with the name of a collection.
"""

from functools import partial
from typing import Any, Final, Self

from pydantic import SecretStr, ValidationError
from qdrant_client import QdrantClient, models

from llm_engineering.application.index.catalog import (
    CollectionIdentity,
    CollectionInUseError,
    IndexEntry,
    UnknownCollectionError,
    is_of_index,
)
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.vector_stores.server_addresses import ServerAddress
from llm_engineering.infrastructure.vector_stores.server_calls import PAUSES_SECONDS, ServerCalls
from llm_engineering.infrastructure.vector_stores.server_clients import server_client
from llm_engineering.infrastructure.vector_stores.server_collections import ServerCollection

_ENTRY_KEY: Final = "llm_twin_index"


class UnreadableEntryError(StoreUnavailableError):
    """What is noted of a collection cannot be read."""

    def __init__(self, location: str) -> None:
        super().__init__(
            f"What {location} says of its fingerprint cannot be read.",
            remedy="A newer version of this program may have written it: use that one, or choose another "
            "QDRANT_COLLECTION.",
        )
        self.location = location


class ServerCatalog:
    """The collections of one index on a server."""

    def __init__(self, client: QdrantClient, index: str, calls: ServerCalls) -> None:
        self._client = client
        self._index = index
        self._calls = calls
        self._live_alias = f"{index}-live"
        self._previous_alias = f"{index}-previous"

    @classmethod
    def connect(
        cls,
        url: str,
        api_key: SecretStr | None,
        index: str,
        *,
        timeout_seconds: float,
        pauses_seconds: tuple[float, ...] = PAUSES_SECONDS,
    ) -> Self:
        """Return the catalog of an index; the server is asked by the other methods.

        Raises:
            InvalidServerUrlError: The address cannot be used.
            KeyInTheClearError: The key would leave this machine unencrypted.
            UnsendableKeyError: The key does not fit into a header.
        """
        address = ServerAddress.parse(url)
        client = server_client(address, api_key, timeout_seconds=timeout_seconds)
        return cls(client, index, ServerCalls(address.url, pauses_seconds))

    @property
    def index(self) -> str:
        """Name of the index."""
        return self._index

    @property
    def location(self) -> str:
        """Address of the server's collections."""
        return f"{self._calls.server}/collections"

    def check(self) -> None:
        """See that the server answers; whether the key may write shows only when something is written."""
        self._aliases()

    def live(self) -> str | None:
        """Return the collection that answers; None if there is none."""
        aliases = self._aliases()
        if self._live_alias in aliases:
            return aliases[self._live_alias]
        # One that lost its alias was deleted by hand; the collection from before the aliases is not what it replaced.
        is_before_aliases = self._previous_alias not in aliases and self._index in self.names()
        return self._index if is_before_aliases else None

    def previous(self) -> str | None:
        """Return the collection that was live before; None if there is none."""
        aliases = self._aliases()
        previous = aliases.get(self._previous_alias)
        # Both are the same where a server broke down in the middle of a switch.
        return previous if previous != aliases.get(self._live_alias) else None

    def names(self) -> tuple[str, ...]:
        """Return the names of all collections of the index."""
        found = self._calls.result(self._client.get_collections).collections
        return tuple(sorted(each.name for each in found if is_of_index(each.name, self._index)))

    def identity(self, name: str) -> CollectionIdentity:
        """Return which vectors a collection holds.

        Raises:
            UnknownCollectionError: There is no such collection.
            UnknownIdentityError: It says nothing about its vectors.
        """
        collection = self._collection(name)
        record = collection.record_in(self._metadata(collection))
        return CollectionIdentity(embedding=record.identity, terms=record.terms)

    def entry(self, name: str) -> IndexEntry | None:
        """Return what is noted of a collection; None if nothing is.

        Raises:
            UnreadableEntryError: The note cannot be read.
        """
        if name not in self.names():
            return None
        collection = self._collection(name)
        noted = (self._metadata(collection) or {}).get(_ENTRY_KEY)
        try:
            return None if noted is None else IndexEntry.model_validate(noted)
        except ValidationError as error:
            raise UnreadableEntryError(collection.location) from error

    def note(self, name: str, entry: IndexEntry) -> None:
        """Note something of a collection, in the metadata that the server keeps with it.

        Raises:
            UnknownCollectionError: There is no such collection.
        """
        metadata = {_ENTRY_KEY: entry.model_dump(mode="json")}  # merged by the server with what else is there
        self._collection(name).result(self._client.update_collection, metadata=metadata)

    def switch(self, to: str) -> None:
        """Make a collection live, and the one that was live the previous one, in one request.

        Raises:
            UnknownCollectionError: There is no such collection.
        """
        self._collection(to)
        live = self.live()
        if live == to:
            return
        # The server searches nothing while it changes aliases. The live one comes last: a server that breaks down in
        # between has not switched.
        changes = [] if live is None else [_alias(self._previous_alias, live)]
        changes.append(_alias(self._live_alias, to))
        self._calls.result(partial(self._client.update_collection_aliases, change_aliases_operations=changes))

    def delete(self, name: str) -> None:
        """Delete a collection; one that is not there is ignored.

        Raises:
            CollectionInUseError: It is live or the previous one.
        """
        if name in {self.live(), self.previous()}:
            raise CollectionInUseError(name)
        if name in self.names():
            self._collection(name).result(self._client.delete_collection)

    def size_bytes(self, name: str) -> int | None:  # noqa: ARG002 - the signature is the port's
        """Return None: a server does not tell."""
        return None

    def close(self) -> None:
        """Close the connections; safe to call twice."""
        self._client.close()

    def _aliases(self) -> dict[str, str]:
        found = self._calls.result(self._client.get_aliases).aliases
        return {each.alias_name: each.collection_name for each in found}

    def _collection(self, name: str) -> ServerCollection:
        if name not in self.names():
            raise UnknownCollectionError(self.location, name)
        return ServerCollection(self._client, name, self._calls)

    def _metadata(self, collection: ServerCollection) -> dict[str, Any] | None:
        return collection.result(self._client.get_collection).config.metadata


def _alias(name: str, collection: str) -> models.CreateAliasOperation:
    """Return the operation that gives a collection an alias, which is taken from another one if need be."""
    return models.CreateAliasOperation(create_alias=models.CreateAlias(collection_name=collection, alias_name=name))

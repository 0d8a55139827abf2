"""What the errors of pymongo mean to a person. No message holds a connection string, a user or a password."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bson.errors import BSONError
from pydantic import SecretStr
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    InvalidOperation,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from llm_engineering.application.ports import Collection
from llm_engineering.domain.errors import InvalidInputError, StoreReadOnlyError, StoreUnavailableError, TwinError

# https://www.mongodb.com/docs/manual/reference/error-codes/; 8000 is what Atlas answers.
_BAD_CREDENTIALS: Final = frozenset({18, 8000})
_UNAUTHORIZED: Final = 13
_TOO_LARGE: Final = frozenset({10334, 17419, 17420})
DUPLICATE_KEY: Final = 11000
_ELECTION: Final = (
    "Wait until its members have elected one, which takes some 10 seconds, and run the same again. If it lasts, see "
    "that a majority of them runs and reaches each other (`rs.status()` in mongosh)."
)
# pymongo has no class for it.
_NO_PRIMARY: Final = ("No primary available for writes", 'No replica set members match selector "Primary()"')


class ConnectionStringInvalidError(InvalidInputError):
    """`DATABASE_HOST` is no connection string. The message quotes none of it: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_HOST is not a MongoDB connection string.",
            remedy='Write "mongodb://USER:PASSWORD@HOST:27017" with the special characters of user and password '
            'percent-encoded ("@" is "%40"), or unset it for the embedded store.',
        )


class ServerNameUnknownError(StoreUnavailableError):
    """The servers behind `DATABASE_HOST` could not be found, or one of its options cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            "The servers behind DATABASE_HOST could not be found, or one of its options cannot be used.",
            remedy='Correct the name of the server, which "mongodb+srv://" looks up in DNS, and what follows the "?".',
        )


class ForeignObjectError(TwinError):
    """A collection holds an object that another program wrote with an `_id` that is no text."""

    def __init__(self, location: str, collection: Collection, object_id: object) -> None:
        super().__init__(
            f"The collection {collection.name!r} of {location} holds the object {object_id!r:.80}, "
            f"whose `_id` is no text but {type(object_id).__name__}.",
            remedy="Remove it, or set DATABASE_NAME to a database of the twin's own.",
        )
        self.collection = collection.name
        self.object_id = object_id


class DuplicatesStoredError(TwinError):
    """A collection that another program filled holds several objects with one natural key."""

    def __init__(self, location: str, collection: Collection) -> None:
        super().__init__(
            f"The collection {collection.name!r} of {location} holds objects that share {', '.join(collection.key)}.",
            remedy="Remove the duplicates, or set DATABASE_NAME to a database of the twin's own.",
        )
        self.collection = collection.name


def checked_connection_string(host: SecretStr) -> str:
    """Return the text of a connection string in which pymongo cannot take a part of the password for a server.

    Raises:
        ConnectionStringInvalidError: It has no scheme, so that all of it would be a server's name, or an "@" after
            the first "/", so that the name would end inside the user or the password.
    """
    text = host.get_secret_value()
    scheme, _, rest = text.partition("://")
    if scheme not in {"mongodb", "mongodb+srv"} or "@" in rest.partition("/")[2]:
        raise ConnectionStringInvalidError
    return text


@contextmanager
def mongodb_errors_translated(location: str) -> Iterator[None]:
    """Raise what pymongo raises inside as an error of the project that names the store.

    Raises:
        InvalidInputError: An object is larger or of another kind than MongoDB holds.
        StoreReadOnlyError: The user may not do this.
        StoreUnavailableError: Any other failure.
    """
    try:
        yield
    except PyMongoError as error:
        raise _translated(location, error, _codes(error)) from error
    except (BSONError, OverflowError) as error:
        raise _unstorable(location) from error


def _codes(error: PyMongoError) -> frozenset[int]:
    """Return the codes that the server gave, none if it gave no answer."""
    if isinstance(error, BulkWriteError):
        failures = [*error.details["writeErrors"], *error.details["writeConcernErrors"]]
        return frozenset(failure["code"] for failure in failures)
    return frozenset({error.code} if isinstance(error, OperationFailure) and error.code is not None else ())


def _translated(location: str, error: PyMongoError, codes: frozenset[int]) -> TwinError:
    if _UNAUTHORIZED in codes:
        return StoreReadOnlyError(
            f"The user may not do this in the document store {location}.",
            remedy="Give the user the role `readWrite` on the database.",
        )
    if codes & _TOO_LARGE:
        return _unstorable(location)
    condition, remedy = _condition(error, codes)
    return StoreUnavailableError(f"The document store {location} {condition}.", remedy=remedy)


def _unstorable(location: str) -> InvalidInputError:
    return InvalidInputError(
        f"An object cannot be written to {location}.",
        remedy="MongoDB holds objects up to 16 MiB, 100 levels deep, with integers up to 64 bits.",
    )


def _lacks_primary(error: PyMongoError) -> bool:
    """Whether members of a replica set answered, and none of them as the primary."""
    if isinstance(error, NotPrimaryError):
        return True
    return isinstance(error, ServerSelectionTimeoutError) and str(error).startswith(_NO_PRIMARY)


def _condition(error: PyMongoError, codes: frozenset[int]) -> tuple[str, str]:
    if codes & _BAD_CREDENTIALS:
        return "refused the user or the password", "Correct the user, the password and `authSource` in DATABASE_HOST."
    if isinstance(error, InvalidOperation):
        return "is closed", "Open the store again."
    if _lacks_primary(error):
        return "is a replica set that has no primary now, so that nothing can be read or written", _ELECTION
    if isinstance(error, ConnectionFailure):
        # pymongo puts its own settings after the cause, which names the server and what went wrong there.
        cause = str(error).partition(" (configured timeouts")[0]
        return f"does not answer ({cause:.200})", "Start it, or correct DATABASE_HOST."
    if error.timeout:
        return "did not finish in time", "Raise STORE_TIMEOUT_SECONDS and run the same command again."
    # The server's own words may quote the data, so only the kind of the error is given.
    kind = " ".join([type(error).__name__, *map(str, sorted(codes))])
    return f"failed ({kind})", "Look at the log of the server."

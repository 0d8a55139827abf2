"""Authors and documents as typed objects on top of a `DocumentStore`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from llm_engineering.application.ports import DOCUMENTS, USERS, Collection, DocumentStore, JsonObject, WriteReport
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import DOCUMENT_TYPES, Category, RawDocument
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel

_NAMED_FAULTS: Final = 3

StoredT = TypeVar("StoredT", bound=FrozenModel)


class StoredObjectInvalidError(TwinError):
    """An object of the store is not what the project writes: someone else wrote it, or another version did."""

    def __init__(self, collection: str, object_id: str, faults: Sequence[str]) -> None:
        named = "; ".join(faults[:_NAMED_FAULTS])
        more = f"; and {len(faults) - _NAMED_FAULTS} more" if len(faults) > _NAMED_FAULTS else ""
        super().__init__(
            f"The object {object_id[:80]!r} of the collection {collection!r} is not valid: {named}{more}.",
            remedy="Correct or delete it in the store, or collect it again.",
        )
        self.collection = collection
        self.object_id = object_id
        self.faults = tuple(faults)


def stored_author(store: DocumentStore, full_name: str) -> Author:
    """Return the author as stored, else the one that `Author.from_full_name` makes, which is not written.

    Raises:
        InvalidAuthorNameError: The name is no full name.
        StoredObjectInvalidError: The stored author is not valid.
    """
    author = Author.from_full_name(full_name)
    name: Mapping[str, str] = {"first_name": author.first_name, "last_name": author.last_name}
    return next((author_from(found) for found in store.find(USERS, name)), author)


def write_author(store: DocumentStore, author: Author) -> WriteReport:
    """Insert the author; one who is stored under the same name stays as he is, `_id` included."""
    return store.upsert(USERS, [stored_json(author)])


def write_documents(store: DocumentStore, documents: Iterable[RawDocument]) -> WriteReport:
    """Insert or update documents, each in the collection of its category; a stored document keeps its `_id`.

    A field that was not set when a document was made is not written and keeps its stored value.
    """
    by_category: dict[Category, list[JsonObject]] = {}
    for document in documents:
        by_category.setdefault(document.category, []).append(stored_json(document))
    reports = (store.upsert(DOCUMENTS[category], objects) for category, objects in by_category.items())
    return sum(reports, start=WriteReport())


def documents_of(store: DocumentStore, author_id: str, categories: Iterable[Category]) -> Iterator[RawDocument]:
    """Yield the documents of an author, category after category, in the order of their ids.

    Raises:
        StoredObjectInvalidError: A stored document is not valid.
    """
    for category in categories:
        for found in store.find(DOCUMENTS[category], {"author_id": author_id}):
            yield document_from(category, found)


def document_at(store: DocumentStore, author_id: str, category: Category, link: str) -> RawDocument | None:
    """Return the document that an author has at a link, or None.

    Raises:
        StoredObjectInvalidError: The stored document is not valid.
    """
    found = store.find(DOCUMENTS[category], {"author_id": author_id, "link": link})
    return next((document_from(category, json) for json in found), None)


def stored_json(item: Author | RawDocument) -> JsonObject:
    """Return the JSON object that is stored for an author or a document: the fields that were set, and no other."""
    return item.model_dump(mode="json", by_alias=True, exclude_unset=True)


def author_from(json: JsonObject) -> Author:
    """Return the author that is stored as a JSON object.

    Raises:
        StoredObjectInvalidError: It is no valid author.
    """
    return object_from(Author, USERS, json)


def document_from(category: Category, json: JsonObject) -> RawDocument:
    """Return the document of a category that is stored as a JSON object.

    Raises:
        StoredObjectInvalidError: It is no valid document of the category.
    """
    return object_from(DOCUMENT_TYPES[category], DOCUMENTS[category], json)


def object_from(model: type[StoredT], collection: Collection, json: JsonObject) -> StoredT:
    """Return what is stored as a JSON object of a collection.

    Raises:
        StoredObjectInvalidError: It is not valid.
    """
    try:
        return model.model_validate(json, by_alias=True, by_name=False)
    except ValidationError as error:
        raise StoredObjectInvalidError(collection.name, str(json.get("_id")), faults(error)) from error


def faults(error: ValidationError) -> list[str]:
    """Return one line per fault that a model found: the field, the rule and the start of the value."""
    return [
        f"{'.'.join(map(str, fault['loc'])) or 'object'}: {fault['msg']}{_received(fault['type'], fault['input'])}"
        for fault in error.errors(include_url=False, include_context=False)
    ]


def _received(fault_type: str, value: Any) -> str:  # noqa: ANN401 - any JSON value can be at fault
    return "" if fault_type == "missing" else f", got {value!r:.80}"

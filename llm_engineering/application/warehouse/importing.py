"""Import of a folder of JSON files into a document store. Everything is checked before anything is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from loguru import logger

from llm_engineering.application.ports import USERS, DocumentStore, WriteReport
from llm_engineering.application.warehouse.documents import author_from, stored_json
from llm_engineering.application.warehouse.exchange import (
    AUTHORS_FILE,
    EXCHANGE_FILES,
    ExchangeFault,
    ExchangeFile,
    ExchangeObject,
    files_in,
    objects_in,
)
from llm_engineering.application.warehouse.forgotten import Forgotten, forgotten_targets
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError

_NAMED_FAULTS: Final = 20
_IDS_AT_ONCE: Final = 500


class ImportRefusedError(InvalidInputError):
    """The files of a folder cannot be imported; nothing was written."""

    def __init__(self, folder: Path, found: Sequence[ExchangeFault]) -> None:
        named = "".join(f"\n  {fault}" for fault in found[:_NAMED_FAULTS])
        more = f"\n  and {len(found) - _NAMED_FAULTS} more" if len(found) > _NAMED_FAULTS else ""
        faults = "a fault" if len(found) == 1 else f"{len(found)} faults"
        super().__init__(
            f"Nothing was imported from {str(folder)!r}, because of {faults} in the files.",
            remedy=f"Correct them and run the same import again:{named}{more}",
        )
        self.folder = folder
        self.faults = tuple(found)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that was imported."""

    path: Path
    collection: str
    objects: int
    """Number of objects in the file."""
    written: WriteReport
    """What changed in the store."""
    forgotten: int = 0
    """Number of objects that were left out, because their owner asked for them to be forgotten."""


def imported(store: DocumentStore, folder: Path) -> list[ImportedFile]:
    """Write the objects of the files in a folder to a store and return what changed, file by file.

    Identifiers are kept as they are given, with one exception: an author whom the store knows by name keeps the
    identifier he has there, and his documents are filed under it. A document that is stored under the same author
    and link is merged and keeps its stored identifier. What was forgotten is left out. Importing the same files again
    changes nothing.

    Raises:
        ExchangeFolderError: There is no file to import.
        ImportRefusedError: Something in the files is not valid, or contradicts the store; nothing was written.
        StoredObjectInvalidError: A stored author is not valid.
        StoreUnavailableError: The store could not be reached; repeat the import.
        StoreReadOnlyError: The store may not be written.
    """
    files = files_in(folder)
    read = list(objects_in(files))
    stored = _stored_author_ids(store)
    objects = _filed([each for each in read if isinstance(each, ExchangeObject)], stored)
    found = [each for each in read if isinstance(each, ExchangeFault)]
    # With a faulty file of authors, each document of theirs would be reported, too.
    if not any(fault.file == AUTHORS_FILE.name for fault in found):
        found += _strangers(objects, stored.values())
    found += [*_duplicates(objects), *_taken(store, objects)]
    if found:
        raise ImportRefusedError(folder, sorted(found, key=lambda fault: (fault.file, fault.index or 0)))
    left_out = _forgotten(objects, forgotten_targets(store))
    return [_written(store, file, files[file.name], objects, left_out) for file in EXCHANGE_FILES if file.name in files]


def _stored_author_ids(store: DocumentStore) -> dict[tuple[str, ...], str]:
    """Return the identifiers of the stored authors by their natural keys."""
    authors = (author_from(found) for found in store.find(USERS, {}))
    return {(author.first_name, author.last_name): author.id for author in authors}


def _filed(objects: Sequence[ExchangeObject], stored: Mapping[tuple[str, ...], str]) -> list[ExchangeObject]:
    """Return the objects with the identifiers that the store has for their authors."""
    authors = [each for each in objects if each.file == AUTHORS_FILE]
    ids = {each.value.id: stored[each.key] for each in authors if stored.get(each.key, each.value.id) != each.value.id}
    for given, kept in ids.items():
        logger.info(
            "the author {given} is stored as {kept}, and documents are filed under that", given=given, kept=kept
        )
    return [_under(each, ids) for each in objects]


def _under(each: ExchangeObject, ids: Mapping[str, str]) -> ExchangeObject:
    field = "id" if each.file == AUTHORS_FILE else "author_id"
    given = getattr(each.value, field)
    return replace(each, value=each.value.model_copy(update={field: ids[given]})) if given in ids else each


def _strangers(objects: Sequence[ExchangeObject], stored: Iterable[str]) -> Iterator[ExchangeFault]:
    """Yield a fault for each document of an author whom nobody knows."""
    known = {*stored, *(each.value.id for each in objects if each.file == AUTHORS_FILE)}
    for each in objects:
        if isinstance(each.value, RawDocument) and each.value.author_id not in known:
            author = each.value.author_id
            yield each.fault(f"author_id: no author in {AUTHORS_FILE.name} or in the store has it, got {author!r:.80}")


def _duplicates(objects: Sequence[ExchangeObject]) -> Iterator[ExchangeFault]:
    """Yield a fault for each object that has the identifier or the natural key of one before it in its file."""
    first: dict[tuple[str, ...], ExchangeObject] = {}
    for each in objects:
        for field, value in (("_id", (each.value.id,)), (", ".join(each.file.collection.key), each.key)):
            other = first.setdefault((each.file.name, field, *value), each)
            if other is not each:
                yield each.fault(f"{field}: the same as in [{other.index}], got {', '.join(value)!r:.160}")


def _taken(store: DocumentStore, objects: Sequence[ExchangeObject]) -> Iterator[ExchangeFault]:
    """Yield a fault for each object whose identifier the store has for another one."""
    for file in EXCHANGE_FILES:
        by_id = {each.value.id: each for each in objects if each.file == file}
        ids = list(by_id)
        for start in range(0, len(ids), _IDS_AT_ONCE):
            for found in store.find(file.collection, {"_id": ids[start : start + _IDS_AT_ONCE]}):
                each, key = by_id[found["_id"]], tuple(found.get(field) for field in file.collection.key)
                if key != each.key:
                    yield each.fault(
                        f"_id: the store has it for {', '.join(map(str, key))!r:.160}, got {each.value.id!r}"
                    )


def _written(
    store: DocumentStore, file: ExchangeFile, path: Path, objects: Iterable[ExchangeObject], left_out: Set[str]
) -> ImportedFile:
    own = [each.value for each in objects if each.file == file]
    wanted = [stored_json(value) for value in own if value.id not in left_out]
    report = store.upsert(file.collection, wanted)
    logger.info("imported {count} objects from {path}", count=len(wanted), path=path)
    return ImportedFile(path, file.collection.name, len(own), report, len(own) - len(wanted))


def _forgotten(objects: Iterable[ExchangeObject], forgotten: Forgotten) -> set[str]:
    """Return the ids of the authors and documents that may not be collected again."""
    values = [each.value for each in objects]
    authors = {value.id for value in values if isinstance(value, Author) and value.full_name in forgotten.authors}
    documents = (value for value in values if isinstance(value, RawDocument))
    return authors | {each.id for each in documents if each.author_id in authors or forgotten.covers_document(each)}

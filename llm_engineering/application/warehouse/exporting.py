"""Export of a document store to a folder of JSON files."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.documents import object_from, stored_json
from llm_engineering.application.warehouse.exchange import EXCHANGE_FILES, ExchangeFile
from llm_engineering.domain.errors import TwinError


class ExportFolderError(TwinError):
    """The files of an export could not be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The export could not be written to {str(folder)!r} ({reason}).",
            remedy="Name a folder that may be written, with enough space.",
        )
        self.folder = folder
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was written."""

    path: Path
    collection: str
    objects: int
    """Number of objects in it; 0 for a collection that is empty or does not exist yet."""


def exported(store: DocumentStore, folder: Path) -> list[ExportedFile]:
    """Write each collection to its file in the folder, which is made if it is not there.

    A file holds one object per line, in the order of `_id`, so that two exports of the same data are equal byte for
    byte. All files are complete on the disk before the first takes the place of an older one.

    Raises:
        ExportFolderError: The files could not be written.
        StoredObjectInvalidError: An object of the store is not valid, so that no import would take it.
        StoreUnavailableError: The store could not be read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as leftovers:
            parts = {}
            for file in EXCHANGE_FILES:
                # With the process in the name, two exports at once do not write into each other's files.
                part = folder / f".{file.name}.{os.getpid()}.part"
                leftovers.callback(part.unlink, missing_ok=True)
                parts[part] = ExportedFile(folder / file.name, file.collection.name, _written(store, file, part))
            for part, done in parts.items():
                part.replace(done.path)
    except OSError as error:
        raise ExportFolderError(folder, error.strerror or str(error)) from error
    files = list(parts.values())
    logger.info("exported {count} objects to {folder}", count=sum(file.objects for file in files), folder=folder)
    return files


def _written(store: DocumentStore, file: ExchangeFile, path: Path) -> int:
    """Write the objects of a collection to the path as one JSON list and return their number."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("[")
        for count, line in enumerate(_lines(store, file), start=1):
            out.write(f"{',' if count > 1 else ''}\n{line}")
        out.write("\n]\n")
        out.flush()
        os.fsync(out.fileno())
    return count


def _lines(store: DocumentStore, file: ExchangeFile) -> Iterator[str]:
    for found in store.find(file.collection, {}):
        valid = stored_json(object_from(file.model, file.collection, found))
        yield json.dumps(valid, ensure_ascii=False, allow_nan=False)

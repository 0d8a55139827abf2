"""The documents of an exported warehouse, without a store."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from llm_engineering.application.warehouse.exchange import ExchangeFault, files_in, objects_in
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError

_NAMED_FAULTS: Final = 10


class ExportedFilesError(InvalidInputError):
    """The files of an exported warehouse cannot be read."""

    def __init__(self, folder: Path, found: Sequence[ExchangeFault]) -> None:
        named = "".join(f"\n  {fault}" for fault in found[:_NAMED_FAULTS])
        more = f"\n  and {len(found) - _NAMED_FAULTS} more" if len(found) > _NAMED_FAULTS else ""
        super().__init__(
            f"The warehouse in {str(folder)!r} cannot be read:{named}{more}",
            remedy="Export it again: poetry poe run-export-data-warehouse-to-json",
        )
        self.folder = folder
        self.faults = tuple(found)


def exported_documents(folder: Path) -> list[RawDocument]:
    """Return the documents of all categories that count among those of their authors.

    Raises:
        ExchangeFolderError: There is no file to read.
        ExportedFilesError: Something in the files is not valid.
    """
    read = list(objects_in(files_in(folder)))
    found = [each for each in read if isinstance(each, ExchangeFault)]
    if found:
        raise ExportedFilesError(folder, found)
    values = (each.value for each in read if not isinstance(each, ExchangeFault))
    return [value for value in values if isinstance(value, RawDocument) and value.is_live]

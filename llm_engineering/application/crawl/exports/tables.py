"""Tables of comma-separated values as export archives hold them."""

import csv
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Final

from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.csv_text import csv_lines
from llm_engineering.domain.outcomes import Dropped

_ROWS_ABOVE_HEADER: Final = 10
"""How far down the names of the columns are looked for: some tables begin with "Notes:" and a paragraph about them."""

Row = Mapping[str, str]
"""The cells of a row by the names of their columns."""


def rows_of(name: str, text: str, required: Collection[str]) -> Iterator[Row | Dropped]:
    """Yield the rows of a table below its header: the first row that names all required columns.

    Cells are read after RFC 4180: they may hold commas, doubled quotes and line breaks, which become line feeds, and
    are of any length. Blank rows are skipped. A row with more or fewer cells than the header is dropped, and so is the
    whole of a table without the required columns.

    Args:
        name: Name of the table, by which what was dropped can be found.
        text: Its content; a byte order mark is ignored.
        required: Names of columns.
    """
    reader = csv.reader(csv_lines(text.replace("\r\n", "\n").replace("\r", "\n")))
    header = _header(reader, set(required))
    if header is None:
        yield _dropped(name, ExportFault.UNKNOWN_COLUMNS, f"No row names the columns {', '.join(sorted(required))}.")
        return
    for number, cells in enumerate(reader, start=1):
        if len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
        elif cells:
            problem = f"The row has {len(cells)} cells where the header has {len(header)}."
            yield _dropped(f"{name}:{number}", ExportFault.MALFORMED_ROW, problem)


def _header(reader: Iterator[list[str]], required: set[str]) -> list[str] | None:
    for cells in islice(reader, _ROWS_ABOVE_HEADER):
        header = [cell.strip() for cell in cells]
        if required <= set(header):
            return header
    return None


def _dropped(item: str, fault: ExportFault, problem: str) -> Dropped:
    return dropped(item, fault, f"{problem} Download the archive again if it was edited.")

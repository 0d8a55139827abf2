from io import StringIO

from rich.console import Console

from tests.support.results import CHUNKS, CLEANED_DOCUMENTS, CRAWL_REPORT, INDEX_REPORT
from tools.data_summary import DataResults, print_data_summary


def printed(results: DataResults) -> list[str]:
    console = Console(file=StringIO(), width=100)
    print_data_summary(results, console)
    assert isinstance(console.file, StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_each_source_and_every_drop_is_accounted_for() -> None:
    lines = printed(DataResults(CRAWL_REPORT, CLEANED_DOCUMENTS, CHUNKS, INDEX_REPORT))

    assert lines[0] == "source status links new changed same gone"
    assert lines[1] == "https://ada.dev/one stored 1 1 0 0 0"
    assert lines[2] == "https://ada.dev/two not_found 1 0 0 0 0"
    assert lines[3] == "Documents 2 kept; dropped: binary 1, empty 1"
    assert lines[4] == "Chunks 2 with 100.0 % of the characters; 0 longer than the model reads"
    assert lines[5] == "Index 2 chunks embedded, 1 refreshed, 3 unchanged, 1 deleted, in 0 s"

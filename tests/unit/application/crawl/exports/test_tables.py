import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.exports.tables import rows_of
from llm_engineering.domain.outcomes import Dropped

_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=20)


@given(rows=st.lists(st.tuples(_CELLS, _CELLS), max_size=5), mark=st.sampled_from(["", "\ufeff"]))
def test_what_a_writer_of_rfc_4180_writes_is_read_back(rows: list[tuple[str, str]], mark: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("Date", "Text"), *rows])
    found = list(rows_of("t.csv", mark + written.getvalue(), ("Date", "Text")))
    assert found == [{"Date": date, "Text": text} for date, text in rows]


def test_the_header_is_looked_for_below_the_notes() -> None:
    table = 'Notes:\n"A paragraph,\nof two lines"\n\nDate,Text\n2026,Hi\n\n'
    assert list(rows_of("t.csv", table, ("Text", "Date"))) == [{"Date": "2026", "Text": "Hi"}]


def test_a_row_of_another_length_is_dropped_by_its_number() -> None:
    found = list(rows_of("t.csv", "Date,Text\n2026,One\n2027\n2028,Three\n", ("Date", "Text")))
    assert [row.item for row in found if isinstance(row, Dropped)] == ["t.csv:2"]
    assert [row["Text"] for row in found if not isinstance(row, Dropped)] == ["One", "Three"]


def test_a_long_cell_is_read_whatever_limit_was_set_before() -> None:
    csv.field_size_limit(1_000)
    assert list(rows_of("t.csv", f"Date,Text\n2026,{'x' * 200_000}\n", ("Date", "Text"))) == [
        {"Date": "2026", "Text": "x" * 200_000}
    ]


def test_an_empty_table_has_no_columns() -> None:
    (drop,) = rows_of("t.csv", "", ("Date",))
    assert isinstance(drop, Dropped)
    assert drop.reason == "unknown_columns"

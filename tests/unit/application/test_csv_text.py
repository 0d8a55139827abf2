import csv

from llm_engineering.application.csv_text import csv_lines


def test_a_reader_reads_cells_of_any_length_whatever_limit_was_set_before() -> None:
    csv.field_size_limit(1_000)
    assert list(csv.reader(csv_lines(f"a,{'x' * 200_000}\n"))) == [["a", "x" * 200_000]]


def test_the_byte_order_mark_is_no_part_of_the_first_cell() -> None:
    assert list(csv.reader(csv_lines("\ufeffa,b\n"))) == [["a", "b"]]


def test_the_ends_of_lines_within_a_cell_are_kept() -> None:
    assert list(csv.reader(csv_lines('"a\r\nb\rc\nd",e\r\n'))) == [["a\r\nb\rc\nd", "e"]]

import os
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.golden import Answer
from llm_engineering.application.evaluate.golden_files import (
    GoldenSetChangedError,
    GoldenSetMissingError,
    read_golden_set,
    write_golden_set,
)
from tests.support.golden import golden, place, question

ONE = golden(question(Answer(places=(place(0, 9, beginning="a\u2028b"),)), text="One?"))
TWO = golden(question(Answer(places=(place(0, 9),)), text="Two?"), *ONE.items)


def test_a_set_is_read_as_it_was_written_under_its_version(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "golden", TWO)

    assert path == tmp_path / "golden" / f"{TWO.version}.jsonl"
    assert path.read_bytes().count(b"\n") == 2
    assert read_golden_set(tmp_path / "golden") == TWO
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_set_that_was_written_last_is_read_unless_another_one_is_named(tmp_path: Path) -> None:
    first, second = (write_golden_set(tmp_path, each) for each in (ONE, TWO))
    os.utime(first, ns=(1, 1))
    os.utime(second, ns=(2, 2))

    assert read_golden_set(tmp_path) == TWO
    assert read_golden_set(tmp_path, ONE.version) == ONE


def test_a_set_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(GoldenSetMissingError, match="there is: none"):
        read_golden_set(tmp_path / "golden")
    write_golden_set(tmp_path, ONE)
    with pytest.raises(GoldenSetMissingError, match=f"There is no golden set 'v9' in .*; there is: {ONE.version}"):
        read_golden_set(tmp_path, "v9")


def test_an_edited_set_is_refused(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path, ONE)
    path.write_text(path.read_text(encoding="utf-8").replace("One?", "Another one?"), encoding="utf-8")

    with pytest.raises(GoldenSetChangedError, match="its content is that of"):
        read_golden_set(tmp_path)


def test_a_set_that_is_no_set_is_refused(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path, ONE)
    path.write_text("{}\n", encoding="utf-8")

    with pytest.raises(GoldenSetChangedError, match="it cannot be read"):
        read_golden_set(tmp_path)

"""Data sets from files and from the Hub."""

import json
from pathlib import Path

import pytest

from llm_engineering.application.datasets.given_samples import DatasetFileError
from llm_engineering.domain.samples import InstructSample, Split
from llm_engineering.infrastructure.datasets.reading import (
    HubDatasetError,
    NoSuchDatasetError,
    read_samples,
    read_texts,
)

pytestmark = pytest.mark.integration

RECORD = {"id": "a", "instruction": "Why?", "answer": "So."}


def written(path: Path, value: object) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def sample(name: str = "a", split: Split | None = None) -> InstructSample:
    return InstructSample(id=name, instruction="Why?", answer="So.", split=split)


def test_the_json_of_splits_and_categories_is_read(tmp_path: Path) -> None:
    sides = {
        "id": "set",
        "train": {"articles": {"id": "x", "category": "articles", "samples": [RECORD]}, "posts": {"samples": []}},
        "test": {"articles": {"samples": [{**RECORD, "id": "b"}]}},
        "test_split_size": 0.1,
    }
    found = read_samples(written(tmp_path / "set.json", sides))
    assert found == [sample("a", Split.TRAIN), sample("b", Split.TEST)]


def test_lists_and_json_lines_are_read(tmp_path: Path) -> None:
    assert read_samples(written(tmp_path / "set.json", [RECORD])) == [sample()]
    lines = f"{json.dumps(RECORD)}\n\n{json.dumps({**RECORD, 'id': 'b', 'split': 'test'})}\n"
    assert read_samples(written(tmp_path / "set.jsonl", lines)) == [sample(), sample("b", Split.TEST)]


def test_parquet_and_folders_are_read_and_names_of_files_tell_the_side(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([RECORD]), tmp_path / "train-00000.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([{**RECORD, "id": "b"}]), tmp_path / "test.parquet")
    found = sorted(read_samples(str(tmp_path)), key=lambda each: each.id)
    assert found == [sample("a", Split.TRAIN), sample("b", Split.TEST)]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("set.json", "{", "it is not JSON"),
        ("set.json", "3", "it must be a list or an object, got 3"),
        ("set.json", '{"name": "x"}', "it has no list of samples, but the fields name"),
        ("set.json", "[3]", "record 0 is no object, got 3"),
        ("set.jsonl", '{"a": 1}\n{', "line 2 is not JSON"),
        ("set.jsonl", "3", "line 1 is no object"),
        ("set.parquet", "no", "it is no Parquet file"),
        ("set.csv", "a,b", "its name ends in '.csv', known are .json, .jsonl, .ndjson, .parquet"),
    ],
)
def test_faults_are_told_with_the_file(tmp_path: Path, name: str, content: str, fault: str) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(DatasetFileError) as caught:
        read_samples(path)
    assert caught.value.source == path
    assert fault in caught.value.faults[0]


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(NoSuchDatasetError, match=r"There is no data set 'missing\.json'"):
        read_samples("missing.json")


def test_a_set_of_the_hub_that_cannot_be_had_is_told() -> None:
    with pytest.raises(HubDatasetError, match="'nobody/nothing' of the Hugging Face Hub could not be loaded"):
        read_samples("nobody/nothing")


def test_texts_of_evaluation_sets_are_questions_and_answers_or_lines(tmp_path: Path) -> None:
    assert read_texts(Path(written(tmp_path / "exam.json", [{**RECORD, "context": "Here."}]))) == [
        "Why?",
        "So.",
        "Here.",
    ]
    assert read_texts(Path(written(tmp_path / "exam.txt", "Why?\n\nWho?\n"))) == ["Why?", "Who?"]
    with pytest.raises(DatasetFileError, match="it has no texts"):
        read_texts(Path(written(tmp_path / "empty.jsonl", '{"number": 3}')))
    with pytest.raises(NoSuchDatasetError):
        read_texts(tmp_path / "missing.json")

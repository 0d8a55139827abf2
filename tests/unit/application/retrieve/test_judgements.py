from pathlib import Path

import pytest

from llm_engineering.application.retrieve.judgements import (
    InvalidLineError,
    JudgedDocument,
    JudgedQuestion,
    UnreadableFileError,
    items_of,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


def test_documents_are_read_in_order(file: Path) -> None:
    file.write_text('{"id": 7, "title": "T", "text": "Ü", "url": "x"}\n\n{"id": "b", "text": ""}\n', encoding="utf-8")

    assert items_of(file, JudgedDocument) == [
        JudgedDocument(id="7", title="T", text="Ü"),
        JudgedDocument(id="b", title="", text=""),
    ]


def test_a_question_may_be_judged_or_not(file: Path) -> None:
    file.write_text('{"id": "1", "text": "?", "relevant": {"7": 3}}\n{"id": "2", "text": "?"}\n', encoding="utf-8")

    assert [question.relevant for question in items_of(file, JudgedQuestion)] == [{"7": 3}, None]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Invalid JSON"),
        ("[]", "the line: "),
        ('{"text": "?"}', "id: Field required"),
        ('{"id": "", "text": "?"}', "id: "),
        ('{"id": "2", "text": " "}', "text: "),
        ('{"id": "2", "text": "?", "relevant": {"7": "high"}}', "relevant.7: .* got 'high'"),
        ('{"id": "2", "text": "?", "relevant": {"7": -1}}', "relevant.7: "),
        ('{"id": "1", "text": "?"}', "the id '1' stands on a line before"),
    ],
)
def test_a_wrong_line_is_named(file: Path, line: str, problem: str) -> None:
    file.write_text('{"id": "1", "text": "?"}\n' + line, encoding="utf-8")

    with pytest.raises(InvalidLineError, match=f"lines.jsonl, line 2: .*{problem}") as refused:
        items_of(file, JudgedQuestion)
    assert (refused.value.path, refused.value.line) == (file, 2)


@pytest.mark.parametrize(("content", "reason"), [(b"", "it is empty"), (b"\n \n", "it is empty"), (b"\xff", "utf-8")])
def test_a_file_without_items_is_refused(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=reason):
        items_of(file, JudgedDocument)


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file") as refused:
        items_of(file, JudgedDocument)
    assert refused.value.path == file

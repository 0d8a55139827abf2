"""People review a data set through the command line: in the terminal, by Label Studio and as a table."""

import csv
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.datasets.card import CardDetails
from llm_engineering.domain.samples import GatedDataset, RejectionReason, SampleKind
from llm_engineering.infrastructure.datasets.parquet_folder import SavedDataset, read_dataset, save_dataset
from tests.support.shared_samples import instruct, instruct_dataset
from tools.review_dataset import main, printable

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    saved = SavedDataset(dataset=instruct_dataset(), details=CardDetails(title="Twin", licence="mit"))
    return save_dataset(saved, tmp_path / "set").folder


def ran(*arguments: str, types: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=types, catch_exceptions=False, terminal_width=120)


def applied(folder: str) -> tuple[Result, SavedDataset]:
    target = Path(folder).with_name("reviewed")
    result = ran("apply", folder, str(target))
    return result, read_dataset(target)


def test_label_studio_out_and_in_again(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    out = ran("export", folder, str(file))
    tasks = json.loads(file.read_text(encoding="utf-8"))
    for task in tasks:
        verdict = "rejected" if task["data"]["sample_id"] == "t1" else "accepted"
        result = {"from_name": "verdict", "type": "choices", "value": {"choices": [verdict]}}
        task["annotations"] = [{"completed_by": 1, "updated_at": "2026-03-18T09:00:00Z", "result": [result]}]
    file.write_text(json.dumps(tasks), encoding="utf-8")

    first, again = ran("import", str(file)), ran("import", str(file))
    told, reviewed = applied(folder)

    assert "Wrote 4 samples" in out.output
    assert (tmp_path / "tasks.xml").read_text(encoding="utf-8").startswith("<View>")
    assert "4 verdicts: 4 new, 0 changed, 0 as before, 0 older" in first.output
    assert "4 verdicts: 0 new, 0 changed, 4 as before" in again.output
    assert "1 samples rejected, 0 corrected, 3 accepted as they are; 2 for training and 1 for tests" in told.output
    assert [sample.id for sample in reviewed.dataset.kept] == ["t2", "t3", "e1"]
    assert reviewed.rejections[RejectionReason.REVIEWED] == 1
    assert reviewed.rejections[RejectionReason.DUPLICATE] == 2
    assert "| rejected in review | 1 |" in (tmp_path / "reviewed" / "README.md").read_text(encoding="utf-8")
    assert "license: mit" in (tmp_path / "reviewed" / "README.md").read_text(encoding="utf-8")


def test_a_table_out_and_in_again(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    ran("export", folder, str(file), "--flagged")
    with file.open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    with file.open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, row)
        table.writeheader()
        table.writerow({**row, "verdict.responses": "corrected", "corrected_answer.responses": "By hand."})

    read = ran("import", str(file), "--reviewer", "ada")
    told, reviewed = applied(folder)

    assert row["metadata.flags"] == "profanity: wheel"
    assert "1 verdicts: 1 new" in read.output
    assert "1 corrected" in told.output
    assert "python -m tools.check_dataset" in told.output
    assert {sample.id: sample.answers[0] for sample in reviewed.dataset.kept}["t2"] == "By hand."


def test_reviewing_goes_on_where_it_stopped(folder: str) -> None:
    first = ran("review", folder, "--reviewer", "ada", types="a\nr\nDull.\nq\n")
    second = ran("review", folder, "--reviewer", "ada", types="s\na\n")
    told, reviewed = applied(folder)

    assert "1 of 4" in first.output
    assert "2 verdicts kept; 2 samples are left to ada." in first.output
    assert "1 of 2" in second.output
    assert "1 verdicts kept; 1 samples are left to ada." in second.output
    assert "1 samples rejected, 0 corrected, 2 accepted" in told.output
    assert len(reviewed.dataset.kept) == 3
    assert (
        "0 verdicts kept; 4 samples are left to bob." in ran("review", folder, "--reviewer", "bob", types="q\n").output
    )


def test_a_text_can_be_edited(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/wheel/spindle/")

    said = ran("review", folder, "--reviewer", "ada", "--flagged", types="e\ninstruction\ne\nanswer\n")
    _, reviewed = applied(folder)

    assert "Nothing was changed." in said.output
    assert "1 verdicts kept" in said.output
    assert {sample.id: sample.answers[0] for sample in reviewed.dataset.kept}["t2"] == "With a spindle."


def test_verdicts_on_another_text_do_not_count(folder: str, tmp_path: Path) -> None:
    ran("review", folder, "--reviewer", "ada", types="r\n\n" * 4)
    saved = read_dataset(Path(folder))
    changed = [sample.model_copy(update={"answer": f"{sample.answers[0]} So."}) for sample in saved.dataset.train]
    save_dataset(
        saved.model_copy(update={"dataset": saved.dataset.model_copy(update={"train": tuple(changed)})}), Path(folder)
    )

    told, _ = applied(folder)

    assert "3 verdicts were on another text" in told.output


def test_what_cannot_be_used_is_told(folder: str, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_bytes(b"\xff\xfe")

    assert "Name a file that ends with .json" in ran("export", folder, str(tmp_path / "x.txt")).output
    assert "it is no text in UTF-8" in ran("import", str(file)).output
    assert "No sample is chosen" in ran("export", folder, str(file), "--split", "test", "--flagged").output
    missing = ran("apply", str(tmp_path / "none"), str(tmp_path / "target"))
    assert (missing.exit_code, "holds no data set" in missing.output) == (1, True)


def test_if_everything_is_rejected_nothing_is_written(folder: str, tmp_path: Path) -> None:
    ran("review", folder, "--reviewer", "ada", types="r\n\n" * 4)

    told = ran("apply", folder, str(tmp_path / "target"))

    assert "The data set has no samples to write: 8 were rejected." in told.output
    assert not (tmp_path / "target").exists()


def test_text_from_the_web_cannot_steer_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    sample = instruct("a", "Why?\x1b[2J\x1b]0;owned\x07", "\u202eesrever\tand\nmore")
    dataset = GatedDataset(kind=SampleKind.INSTRUCT, train=(sample,), test=())
    folder = save_dataset(SavedDataset(dataset=dataset), tmp_path / "set").folder

    shown = click.unstyle(ran("review", folder, "--reviewer", "ada", types="q\n").output)

    assert "Why?[2J]0;owned" in shown
    assert "\x1b" not in shown
    assert printable("\u202ea\x07\tb\n") == "a\tb\n"


def test_the_help_teaches() -> None:
    shown = ran("--help").output

    for command in ("export", "import", "review", "apply"):
        assert f"python -m tools.review_dataset {command}" in shown

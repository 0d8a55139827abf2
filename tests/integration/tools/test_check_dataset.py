"""The check of a data set from the command line."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from tools.check_dataset import main

pytestmark = pytest.mark.integration

DATA: Final = Path(__file__).parents[4] / "shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the data in ../shared/data")

TEXT: Final = (
    "The loom weaves patterns of silk for the mills of the city. Cards with holes tell the loom which threads it has "
    "to lift. Jacquard showed his machine in Paris in 1804."
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    folder = tmp_path / "warehouse"
    folder.mkdir()
    article = {
        "_id": "a", "author_id": "ada", "author_full_name": "Ada Lovelace", "platform": "ada.example.org",
        "link": "https://ada.example.org/loom", "content": {"Title": "Looms", "Content": TEXT},
    }  # fmt: skip
    (folder / "ArticleDocument.json").write_text(json.dumps([article]), encoding="utf-8")
    return folder


def run(dataset: Path, warehouse: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["--dataset", str(dataset), "--warehouse", str(warehouse), *arguments], catch_exceptions=False
    )


def written(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


GOOD: Final = [
    {"id": "1", "instruction": "What does a loom weave?", "answer": "The loom weaves patterns of silk for the mills."},
    {"id": "2", "instruction": "When was it shown?", "answer": "Jacquard showed his machine in Paris in 1804."},
]


def test_a_grounded_set_passes(tmp_path: Path, warehouse: Path) -> None:
    result = run(written(tmp_path / "set.jsonl", GOOD), warehouse)
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert report["passes"] is True
    assert (report["kind"], report["kept"]) == ("instruct", {"samples": 2, "train": 2, "test": 0})
    assert report["given"]["train"] == {"samples": 2, "answers_sharing_a_run": 2, "duplicate_instructions": 0}


def test_a_set_fails_with_reasons_examples_and_all_rejected_samples(tmp_path: Path, warehouse: Path) -> None:
    bad = [
        {"id": str(place), "instruction": f"Why {place}?", "answer": "Steam drives it all."} for place in range(3, 6)
    ]
    dataset = written(tmp_path / "set.jsonl", GOOD + bad)
    result = run(dataset, warehouse, "--rejected", str(tmp_path / "rejected.jsonl"))
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["rejected"] == {"ungrounded": 3}
    assert report["kept_share"] == 0.4
    assert [example["id"] for example in report["examples"]["ungrounded"]] == ["3", "4", "5"]
    assert "2 of 5 samples are kept (40.0%), needed are 50%" in result.stderr
    assert len((tmp_path / "rejected.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_thresholds_come_from_a_file_and_evaluation_sets_count(tmp_path: Path, warehouse: Path) -> None:
    gates = tmp_path / "gates.yaml"
    gates.write_text("parameters: {min_kept: 2}", encoding="utf-8")
    exam = written(tmp_path / "exam.jsonl", [{"question": "When was it shown?"}])
    result = run(written(tmp_path / "set.jsonl", GOOD), warehouse, "--gates", str(gates), "--evaluation", str(exam))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejected"] == {"contaminated": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "missing.json"], "There is no data set 'missing.json'"),
        (["--warehouse", "missing"], "'missing' is no folder"),
        (["--gates", "missing.yaml"], "there is no such file"),
        (["--evaluation", "missing.json"], "There is no data set 'missing.json'"),
    ],
)
def test_bad_input_is_told_in_a_sentence(tmp_path: Path, warehouse: Path, arguments: list[str], message: str) -> None:
    result = run(written(tmp_path / "set.jsonl", GOOD), warehouse, *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_faulty_warehouse_is_told(tmp_path: Path, warehouse: Path) -> None:
    (warehouse / "ArticleDocument.json").write_text("[{}]", encoding="utf-8")
    result = run(written(tmp_path / "set.jsonl", GOOD), warehouse)
    assert result.exit_code == 1
    assert "ArticleDocument.json[0]" in result.stderr


@needs_data
@pytest.mark.slow
def test_the_published_instruct_set_is_rejected_with_the_known_figures() -> None:
    result = run(DATA / "ungrounded-datasets/instruct_datasets.json", DATA / "warehouse")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["given"]["train"] == {
        "samples": 2250, "answers_sharing_a_run": 45, "duplicate_instructions": 521,
    }  # fmt: skip
    assert report["given"]["test"]["samples"] == 250
    assert report["given"]["test_instructions_in_train"] == 69
    assert report["kept"]["samples"] == 0


@needs_data
@pytest.mark.slow
def test_the_published_preference_set_is_rejected_with_the_known_figures() -> None:
    result = run(DATA / "ungrounded-datasets/preference_datasets.json", DATA / "warehouse")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["samples"] == 402
    assert report["given"]["verbatim_chosen"] == 0
    assert report["kept"]["samples"] == 0

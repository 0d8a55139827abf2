"""The pipeline that compares two variants, on a ZenML, a SQLite and a Qdrant Edge of the test's own."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.experiments.gate import VerdictRefusedError
from llm_engineering.application.prompts.source import UnknownPromptError
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from pipelines.parameters import CompareAnswers, FeatureEngineering, MakeGolden
from tests.support.documents import article
from tests.support.golden import essay
from tools.pipeline_start import PreparedRun
from tools.run_configuration import CONFIGS, RunConfiguration, run_configuration
from tools.run_summary import StepFigures, step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SUBJECTS = ("silk", "wool", "flax", "jute", "hemp")
ROOT = Path(__file__).parents[3]
FIGURES = "compare_variants / answer_comparison"
EXPERIMENT = {
    "name": "words-alone",
    "a": {"retrieval": {"diversity": 0.1}},
    "b": {"retrieval": {"diversity": 0.9}, "min_support": 0.5},
    "metrics": ["ndcg", "length", "citation_support"],
    "rule": {"primary_metric": "length", "smallest_effect": 5},
}


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with articles of Ada Lovelace, indexed."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        articles = [
            article(essay(subject), link=f"https://ada.dev/{subject}", title=f"On {subject}", author_id=author.id)
            for subject in SUBJECTS
        ]
        write_documents(store, articles)
    started("feature_engineering", FeatureEngineering(author_full_names=("Ada Lovelace",)))
    return folder


def started(pipeline: str, parameters: CompareAnswers | FeatureEngineering | MakeGolden) -> StepFigures:
    return step_figures(PreparedRun(pipeline, RunConfiguration(parameters, settings={})).start(use_cache=False))


def compared(**changes: object) -> StepFigures:
    return started("compare_answers", CompareAnswers.model_validate({**EXPERIMENT, **changes}))


def test_golden_questions_are_answered_twice_and_kept(data_folder: Path) -> None:
    started("make_golden", MakeGolden(author_full_names=("Ada Lovelace",)))

    first, second = compared(), compared()

    figures: dict[str, Any] = first[FIGURES]
    again: dict[str, Any] = second[FIGURES]
    assert figures["questions"] == figures["pairs"] == 10
    assert figures["verdict"] == "not_enough_data"
    assert figures["metrics"]["ndcg"]["pairs"] == 10
    assert figures["variants"]["A"]["answers"] == 10
    assert again["variants"]["A"]["reused"] == again["variants"]["B"]["reused"] == 10
    assert again["metrics"] == figures["metrics"]
    assert again["look"] == 1
    assert second["require_verdict / verdict"]["verdict"] == "not_enough_data"


def test_questions_of_a_file_with_a_report_and_a_gate(data_folder: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [{"id": subject, "text": f"What of weaving {subject}?"} for subject in SUBJECTS]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    parameters = CompareAnswers.model_validate({**EXPERIMENT, "questions": {"file": str(questions)}})

    run = PreparedRun("compare_answers", RunConfiguration(parameters, settings={})).start(use_cache=False)
    (version,) = run.steps["compare_variants"].outputs["answer_comparison"]

    assert {path.name for path in Path(version.uri).iterdir()} == {"report.html", "result.jsonl"}
    assert "Not enough data, about" in (Path(version.uri) / "report.html").read_text(encoding="utf-8")
    assert version.load().b.named == {"retrieval.diversity": 0.9, "min_support": 0.5}
    assert version.load().verdict.others[0].missing["A"] == {"not_judged": 5}
    with pytest.raises(VerdictRefusedError, match="The gate refuses not_enough_data"):
        compared(questions={"file": str(questions)}, gate={"fails_on": ["not_enough_data"]})
    with pytest.raises(UnknownPromptError):
        compared(questions={"file": str(questions)}, b={"prompts": {"answer": "v99"}})


def test_the_file_of_the_project_can_be_used() -> None:
    parameters = run_configuration(ROOT / CONFIGS / "compare_answers.yaml", CompareAnswers).parameters

    assert parameters.answering_of("B").retrieval.join_neighbours

"""The pipeline that compares two variants, on a ZenML, a SQLite and a Qdrant Edge of the test's own."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from zenml.client import Client

from llm_engineering.application.experiments.gate import VerdictRefusedError
from llm_engineering.application.prompts.source import UnknownPromptError
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from pipelines.parameters import CompareAnswers, FeatureEngineering, MakeGolden
from tests.support.documents import article
from tests.support.golden import essay
from tests.support.openai_stub import Asked, Reply, openai_stub
from tests.support.styles import SUBJECTS as STYLED
from tests.support.styles import calm, loud, two_authors
from tools.pipeline_start import PreparedRun
from tools.run import main
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


JUDGED = {
    "name": "warmer",
    "b": {"temperature": 0.5},
    "passages": 3,
    "metrics": ["style_score", "length"],
    "author": "Ada Calm",
    "judge": {"model": "judge-1"},
    "rule": {"primary_metric": "style_score", "smallest_effect": 0.2},
}


def styled(asked: Asked) -> Reply:
    """Answer in the way of Bob when cold and in that of Ada when warm; as a judge, like the way of Ada."""
    said = asked.body["messages"][-1]["content"]
    if asked.body["model"] == "judge-1":
        first = said.partition("<question_answer_first>")[2].partition("</question_answer_first>")[0]
        style = "first" if "It would seem" in first else "second"
        return Reply(json.dumps({"reason": "So it sounds.", "accuracy": "tie", "style": style}))
    subject = next(each for each in STYLED if f"of {each} now" in said)
    text = calm(subject) if asked.body["temperature"] else loud(subject)
    return Reply(f"{text.strip()} [1]")


def test_the_style_and_a_judge_compare_what_a_model_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    with closing(SqliteDocumentStore.open(tmp_path / "data" / "documents.sqlite3", timeout_seconds=5)) as store:
        for name, texts in two_authors().items():
            author = written_author(store, name).author
            written = [
                article(text, link=f"https://{author.last_name}.dev/{number}", author_id=author.id)
                for number, text in enumerate(texts)
            ]
            write_documents(store, written)
    started("feature_engineering", FeatureEngineering(author_full_names=("Ada Calm", "Bob Loud")))
    rows = [{"id": f"{each}-{n}", "text": f"What of {each} now, in {n}?"} for each in STYLED for n in range(4)]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    parameters = {**JUDGED, "questions": {"file": str(tmp_path / "questions.jsonl")}}
    (tmp_path / "judged.yaml").write_text(json.dumps({"parameters": parameters}), encoding="utf-8")

    with openai_stub() as stub:
        stub.rule = styled
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_MODEL_ID", "writer-1")
        options = ["--run-compare-answers", "--compare-answers-config-filename", str(tmp_path / "judged.yaml")]
        ran = CliRunner().invoke(main, [*options, "--no-cache"], catch_exceptions=False)

    assert ran.exit_code == 0, ran.output
    version = Client().get_artifact_version("answer_comparison")
    comparison = version.load()
    assert comparison.verdict.decision == "B"
    assert comparison.verdict.primary.mean_a < 0.1
    assert comparison.verdict.primary.mean_b > 0.9
    assert comparison.style.authors == {"Ada Calm": 6, "Bob Loud": 6}
    assert comparison.judge.model.name == "judge-1"
    assert comparison.judge.judgements == sum(asked.body["model"] == "judge-1" for asked in stub.requests) == 48
    assert comparison.judge.agreement["style"].orders == 1
    judged = {each.definition.name: each for each in comparison.verdict.others}
    assert (judged["judge_style"].mean_a, judged["judge_style"].mean_b) == (0, 1)
    assert judged["judge_accuracy"].ties == 24
    report = (Path(version.uri) / "report.html").read_text(encoding="utf-8")
    assert "B is better in style_score." in report
    assert "judge-1 with the prompt judge v1: 48 judgements" in report
    assert "Ada Calm (6 documents), Bob Loud (6 documents)" in report
    assert "<h2>Questions that differ most (first 20 of 24)</h2>" in report

"""The pipelines that make golden questions and ask them, on a ZenML, a SQLite and a Qdrant Edge of the test's own."""

import json
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from llm_engineering.application.evaluate.gate import GateRule, RetrievalWorseError
from llm_engineering.application.evaluate.golden_files import GoldenSetMissingError
from llm_engineering.application.evaluate.making import Asking
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.authors import Author
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.factory import embedder, opened_vector_store
from llm_engineering.settings import Settings
from pipelines.parameters import EvaluateRetrieval, FeatureEngineering, MakeGolden
from tests.support.documents import article
from tests.support.golden import essay
from tools.pipeline_start import PreparedRun, prepared_run
from tools.run_configuration import RunConfiguration
from tools.run_summary import StepFigures, step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SUBJECTS: Final = ("silk", "wool", "flax", "jute", "hemp")
AUTHOR: Final = ("Ada Lovelace",)
RULE: Final = GateRule(min_common_questions=5)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with articles of Ada Lovelace, indexed, and golden questions on them."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    write_articles(tmp_path / "data", SUBJECTS)
    ran("feature_engineering", FeatureEngineering(author_full_names=AUTHOR))
    ran("make_golden", MakeGolden(author_full_names=AUTHOR))
    return tmp_path / "data"


def write_articles(data_folder: Path, subjects: tuple[str, ...]) -> None:
    with closing(SqliteDocumentStore.open(data_folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        write_documents(
            store,
            [
                article(
                    essay(subject),
                    link=f"https://ada.dev/{subject}",
                    title=f"Essay about {subject}",
                    author_id=author.id,
                )
                for subject in subjects
            ],
        )


def lose_documents(count: int) -> None:
    """Take documents out of the index behind the back of the warehouse."""
    settings = Settings()
    author_id = Author.from_full_name("Ada Lovelace").id
    with opened_vector_store(settings, embedder(settings).identity) as vectors:
        for document_id in sorted(vectors.document_ids(author_id))[:count]:
            vectors.delete_document(document_id)


def ran(pipeline: str, parameters: FrozenModel) -> StepFigures:
    return step_figures(PreparedRun(pipeline, RunConfiguration(parameters, settings={})).start(use_cache=False))


def evaluated(**changes: object) -> StepFigures:
    return ran("evaluate_retrieval", EvaluateRetrieval(gate=RULE, compare_ways=False).model_copy(update=changes))


def test_an_index_is_measured_and_may_not_become_worse(data_folder: Path) -> None:
    (frozen,) = (data_folder / "golden").glob("*.jsonl")
    assert [json.loads(line)["kind"] for line in frozen.read_text("utf-8").splitlines()].count("heading") == 10

    first, second = evaluated(), evaluated()
    assert first["score_retrieval / retrieval_evaluation"]["golden_version"] == frozen.stem
    assert first["score_retrieval / retrieval_evaluation"]["questions"] == 15
    assert first["require_not_worse / gate_verdict"]["decision"] == "first"
    assert second["require_not_worse / gate_verdict"]["decision"] == "not_worse"
    assert second["require_not_worse / gate_verdict"]["p_worse"] == 1.0

    lose_documents(3)
    with pytest.raises(RetrievalWorseError, match=r"run again with --accept"):
        evaluated()
    accepted = evaluated(accept=True)
    assert accepted["require_not_worse / gate_verdict"]["decision"] == "accepted"


def test_questions_on_an_article_that_changed_are_left_out(data_folder: Path) -> None:
    with closing(SqliteDocumentStore.open(data_folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        changed = article("Nothing.", link="https://ada.dev/silk", title="Essay about silk", author_id=author.id)
        write_documents(store, [changed])

    figures = evaluated()

    assert figures["load_questions / golden_questions"]["dropped"] == {"changed": 3}
    assert figures["score_retrieval / retrieval_evaluation"]["left_out"] == {"changed": 3}
    assert figures["score_retrieval / retrieval_evaluation"]["questions"] == 12


def test_the_same_documents_give_the_same_file_and_the_report_lies_beside_the_figures(data_folder: Path) -> None:
    ran("make_golden", MakeGolden(author_full_names=AUTHOR, asking=Asking()))
    assert len(list((data_folder / "golden").iterdir())) == 1

    run = PreparedRun("evaluate_retrieval", RunConfiguration(EvaluateRetrieval(compare_ways=True), settings={}))
    (version,) = run.start(use_cache=False).steps["score_retrieval"].outputs["retrieval_evaluation"]

    assert {path.name for path in Path(version.uri).iterdir()} == {"report.html", "result.jsonl"}
    assert "by way of searching" in (Path(version.uri) / "report.html").read_text(encoding="utf-8")
    assert list(version.load().ways) == ["dense", "sparse", "as configured"]


def test_a_switch_of_the_command_line_turns_a_parameter_on(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("parameters: {accept: false, compare_ways: false}", encoding="utf-8")

    run = prepared_run("evaluate_retrieval", str(config), "EvaluateRetrieval", ["accept"])

    assert run.configuration.parameters == EvaluateRetrieval(accept=True, compare_ways=False)


def test_without_golden_questions_the_run_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))

    with pytest.raises(GoldenSetMissingError, match="make-golden-questions"):
        evaluated()

"""Pipelines run in this process, on a ZenML, a SQLite and a Qdrant Edge of the test's own."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from zenml.models import PipelineRunResponse

from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from pipelines.parameters import ExportArtifactToJson, FeatureEngineering
from tests.support.documents import article
from tools.pipeline_start import PreparedRun, checked_stores, prepared_run
from tools.remote_runs import UnfitForTheStackError
from tools.run_configuration import ConfigurationError, RunConfiguration, StepOptions
from tools.run_summary import step_figures

pytestmark = pytest.mark.integration

TEXT: Final = "# Engines\n\nEngines weave patterns.\n\n# Looms\n\nLooms weave flowers and leaves.\n"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


def write_article(data_folder: Path, text: str) -> None:
    with closing(SqliteDocumentStore.open(data_folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        write_documents(store, [article(text, author_id=author.id)])


def run_of(pipeline: str, parameters: FrozenModel) -> PreparedRun:
    return PreparedRun(pipeline, RunConfiguration(parameters, settings={}))


def indexing(author_full_name: str) -> PreparedRun:
    return run_of("feature_engineering", FeatureEngineering(author_full_names=(author_full_name,)))


@pytest.mark.slow
def test_a_run_builds_the_index_and_a_second_one_finds_it_built(data_folder: Path) -> None:
    write_article(data_folder, TEXT)

    first, second = [step_figures(indexing("Ada Lovelace").start(use_cache=False)) for _ in range(2)]

    assert list(first) == [
        "query_data_warehouse / raw_documents",
        "clean_documents / cleaned_documents",
        "chunk_documents / chunks",
        "load_to_vector_db / index_report",
        "switch_index / switch_report",
    ]
    assert first["chunk_documents / chunks"]["covered_characters_percent"] == 100.0
    assert first["load_to_vector_db / index_report"]["embedded_chunks"] == 1
    assert second["load_to_vector_db / index_report"]["written_points"] == 0
    assert second["load_to_vector_db / index_report"]["unchanged_chunks"] == 1


def test_the_lineage_of_an_index_begins_with_the_documents_that_it_was_made_of(data_folder: Path) -> None:
    write_article(data_folder, TEXT)

    steps = indexing("Ada Lovelace").start(use_cache=True).steps

    (made,) = steps["query_data_warehouse"].outputs["raw_documents"]
    (used,) = steps["load_to_vector_db"].regular_inputs["documents"]
    assert used.id == made.id


def test_figures_are_those_of_the_result_in_the_order_of_their_names(data_folder: Path) -> None:
    write_article(data_folder, TEXT)

    figures = step_figures(indexing("Ada Lovelace").start(use_cache=True))

    assert list(figures["query_data_warehouse / raw_documents"].items()) == [
        ("documents", 1),
        ("dropped", {}),
        ("per_author", {"Ada Lovelace": 1}),
        ("per_category", {"articles": 1}),
        ("per_domain", {"ada.dev": 1}),
    ]


# ZenML reads a field of its run filter that it has deprecated itself.
@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_an_unknown_author_ends_the_run_with_the_error_of_the_step(data_folder: Path) -> None:
    write_article(data_folder, TEXT)

    failed: list[PipelineRunResponse] = []

    with pytest.raises(UnknownAuthorError, match="there is Ada Lovelace"):
        indexing("Bob Byron").start(use_cache=True, on_failure=failed.append)

    assert [str(run.status) for run in failed] == ["failed"]


def test_an_artifact_that_was_never_made_ends_the_run_with_the_error_of_the_step(tmp_path: Path) -> None:
    parameters = ExportArtifactToJson(artifact_names=("no_such_artifact",), output_dir=str(tmp_path / "out"))

    with pytest.raises(InvalidInputError, match="There is no artifact 'no_such_artifact'"):
        run_of("export_artifact_to_json", parameters).start(use_cache=False)

    assert not (tmp_path / "out" / "no_such_artifact.json").exists()


def test_a_prepared_run_has_the_checked_parameters(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("parameters: {author_full_names: [Ada Lovelace]}", encoding="utf-8")

    assert prepared_run("feature_engineering", str(config), "FeatureEngineering") == indexing("Ada Lovelace")
    with pytest.raises(ConfigurationError, match=r"'parameters\.artifact_names' is missing"):
        prepared_run("export_artifact_to_json", str(config), "ExportArtifactToJson")


def test_what_a_file_says_of_another_stack_does_no_harm_on_this_machine(data_folder: Path) -> None:
    write_article(data_folder, TEXT)
    settings = {"orchestrator": {"instance_type": "ml.m5.large"}, "docker": {"parent_image": "twin:1"}}
    steps = {"chunk_documents": StepOptions(settings=settings, step_operator=True)}
    parameters = FeatureEngineering(author_full_names=("Ada Lovelace",))

    run = PreparedRun("feature_engineering", RunConfiguration(parameters, settings, steps)).start(use_cache=True)

    assert str(run.status) == "completed"


def test_a_step_that_there_is_not_is_told_before_anything_runs(data_folder: Path) -> None:
    configuration = RunConfiguration(
        FeatureEngineering(author_full_names=("Ada Lovelace",)), {}, {"chunk_document": StepOptions()}
    )

    with pytest.raises(UnfitForTheStackError, match=r"unknown step 'steps\.chunk_document'.*'chunk_documents'"):
        PreparedRun("feature_engineering", configuration).start(use_cache=False)

    assert not data_folder.exists()


def test_the_stores_that_are_needed_are_opened_once_before(data_folder: Path) -> None:
    assert checked_stores({"documents", "vectors"}) == [
        str(data_folder / "documents.sqlite3"),
        str(data_folder / "vectors"),
    ]


def test_a_run_that_needs_no_store_opens_none(data_folder: Path) -> None:
    assert checked_stores(()) == []
    assert not data_folder.exists()

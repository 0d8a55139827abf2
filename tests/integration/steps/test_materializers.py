"""Results go through a real ZenML run, with its SQLite and its local artifact store, and come out the same."""

from pathlib import Path
from typing import Annotated, Final

import pytest
from zenml import pipeline, step
from zenml.models import ArtifactVersionResponse, PipelineRunResponse

from llm_engineering.application.crawl.duplicates import JoinReport
from llm_engineering.application.crawl.report import CrawlReport
from llm_engineering.application.crawl.verdict import CrawlVerdict
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.preprocess.chunking import Chunks
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.application.preprocess.query import RawDocuments
from llm_engineering.application.warehouse.authors import WrittenAuthor
from llm_engineering.domain.outcomes import Batch, Result
from steps.export.export_artifacts import ExportedFiles
from steps.materializers import ResultMaterializer
from steps.preview import preview_html
from tests.support import results

pytestmark = pytest.mark.integration

RESULTS: Final[dict[str, Result]] = {
    "user": results.USER,
    "crawl_report": results.CRAWL_REPORT,
    "join_report": results.JOIN_REPORT,
    "crawl_verdict": results.CRAWL_VERDICT,
    "raw_documents": results.RAW_DOCUMENTS,
    "cleaned_documents": results.CLEANED_DOCUMENTS,
    "no_cleaned_documents": results.NO_CLEANED_DOCUMENTS,
    "chunks": results.CHUNKS,
    "index_report": results.INDEX_REPORT,
    "exported_files": results.EXPORTED_FILES,
}

AllResults = tuple[
    Annotated[WrittenAuthor, "user"],
    Annotated[CrawlReport, "crawl_report"],
    Annotated[JoinReport, "join_report"],
    Annotated[CrawlVerdict, "crawl_verdict"],
    Annotated[RawDocuments, "raw_documents"],
    Annotated[CleanedDocuments, "cleaned_documents"],
    Annotated[CleanedDocuments, "no_cleaned_documents"],
    Annotated[Chunks, "chunks"],
    Annotated[IndexReport, "index_report"],
    Annotated[ExportedFiles, "exported_files"],
]


@step(enable_cache=False, output_materializers=ResultMaterializer)
def made_results() -> AllResults:
    return (  # a literal tuple: ZenML reads the source to see that there are several outputs
        results.USER,
        results.CRAWL_REPORT,
        results.JOIN_REPORT,
        results.CRAWL_VERDICT,
        results.RAW_DOCUMENTS,
        results.CLEANED_DOCUMENTS,
        results.NO_CLEANED_DOCUMENTS,
        results.CHUNKS,
        results.INDEX_REPORT,
        results.EXPORTED_FILES,
    )


@step(enable_cache=False, output_materializers=ResultMaterializer)
def passed_results(
    *,
    user: WrittenAuthor,
    crawl_report: CrawlReport,
    join_report: JoinReport,
    crawl_verdict: CrawlVerdict,
    raw_documents: RawDocuments,
    cleaned_documents: CleanedDocuments,
    no_cleaned_documents: CleanedDocuments,
    chunks: Chunks,
    index_report: IndexReport,
    exported_files: ExportedFiles,
) -> AllResults:
    return (
        user,
        crawl_report,
        join_report,
        crawl_verdict,
        raw_documents,
        cleaned_documents,
        no_cleaned_documents,
        chunks,
        index_report,
        exported_files,
    )


@pipeline
def all_results() -> None:
    passed_results(**dict(zip(RESULTS, made_results(), strict=True)))


@pytest.fixture(scope="module")
def run() -> PipelineRunResponse:
    finished = all_results()
    assert finished is not None
    return finished


@pytest.fixture(params=RESULTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def passed(run: PipelineRunResponse, name: str) -> ArtifactVersionResponse:
    """Return the artifact of a result that one step made and another one read and returned."""
    (version,) = run.steps["passed_results"].outputs[name]
    return version


def test_a_result_comes_out_as_it_went_in(passed: ArtifactVersionResponse, name: str) -> None:
    assert passed.load() == RESULTS[name]


def test_an_artifact_is_one_file_and_its_page(passed: ArtifactVersionResponse, name: str) -> None:
    files = {path.name: path for path in Path(passed.uri).iterdir()}

    assert set(files) == {"preview.html", "result.jsonl"}
    assert files["preview.html"].read_text(encoding="utf-8") == preview_html(RESULTS[name])


def test_every_item_has_a_line(passed: ArtifactVersionResponse, name: str) -> None:
    result = RESULTS[name]
    items = len(result.items) if isinstance(result, Batch) else 0

    assert (Path(passed.uri) / "result.jsonl").read_bytes().count(b"\n") == 1 + items


def test_the_figures_are_the_metadata(passed: ArtifactVersionResponse, name: str) -> None:
    shown = {key: value for key, value in passed.run_metadata.items() if key != "storage_size"}

    assert shown == RESULTS[name].figures


def test_the_dashboard_shows_the_page(passed: ArtifactVersionResponse) -> None:
    assert passed.visualizations is not None
    assert [(shown.type.value, Path(shown.uri).name) for shown in passed.visualizations] == [("html", "preview.html")]


def test_no_other_materializer_took_part(run: PipelineRunResponse) -> None:
    used = {
        version.materializer.import_path
        for made in run.steps.values()
        for versions in made.outputs.values()
        for version in versions
    }

    assert used == {"steps.materializers.ResultMaterializer"}


def test_documents_of_all_categories_keep_their_types(run: PipelineRunResponse) -> None:
    (version,) = run.steps["passed_results"].outputs["raw_documents"]

    loaded = version.load()

    assert [type(item).__name__ for item in loaded.items] == ["ArticleDocument", "PostDocument", "RepositoryDocument"]
    assert loaded.items[1].content.text == "a\nb\rc\r\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l"
    assert loaded.items[1].content.model_extra == {"Likes": 3}

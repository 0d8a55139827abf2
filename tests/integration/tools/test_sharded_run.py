"""The sharded pipeline, run by ZenML in this process, on a SQLite and a Qdrant Edge of the test's own."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from zenml.models import PipelineRunResponse

from llm_engineering.application.ports import DOCUMENTS
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, TermVector
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.factory import embedder, opened_vector_store
from llm_engineering.settings import Settings
from pipelines.parameters import FeatureEngineering
from tests.support.documents import article
from tools.pipeline_start import PreparedRun, prepared_run
from tools.run_summary import step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FOOTER: Final = "\n\n# Thanks\n\nSubscribe to the letter of the engine for more of this.\n"
NAMES: Final = ("engines", "looms", "weaving", "numbers", "notes", "letters")

Held = Mapping[str, tuple[dict[str, Any], np.ndarray[Any, Any]]]


def write_articles(folder: Path, names: tuple[str, ...] = NAMES) -> None:
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        write_documents(
            store,
            [
                article(f"# About {name}\n\nWhat {name} are for.{FOOTER}", link=f"https://ada.dev/{name}", author_id=author.id)
                for name in names
            ],
        )


def started(tmp_path: Path, shards: int) -> PipelineRunResponse:
    """Run the feature pipeline with the file that says how many shards there are."""
    path = tmp_path / "feature_engineering.yaml"
    path.write_text(
        "parameters: {author_full_names: [Ada Lovelace], chunking: {min_tokens: 0}, " f"shards: {shards}" "}",
        encoding="utf-8",
    )
    return prepared_run("feature_engineering", str(path), "FeatureEngineering").start(use_cache=False)


def held(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Return all that the live index of a data folder holds."""
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    identity = embedder(Settings()).identity
    asked = np.zeros(identity.dimension, dtype=np.float32)
    asked[0] = 1
    question = EmbeddedQuestion(asked, TermVector(np.empty(0, np.uint32), np.empty(0, np.float32)))
    with opened_vector_store(Settings(), identity) as vectors:
        found = vectors.candidates(question, depth=1_000, where=ChunkFilter())
        return {each.id: (each.chunk.model_dump(mode="json"), each.embedding) for each in found}


def test_it_builds_what_the_unsharded_pipeline_builds_and_goes_on_from_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "many"):
        write_articles(tmp_path / name)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "one"))
    started(tmp_path, 1)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "many"))

    first = started(tmp_path, 4)
    second = step_figures(started(tmp_path, 4))

    report = step_figures(first)["join_shards / index_report"]
    wanted, found = held(tmp_path / "one", monkeypatch), held(tmp_path / "many", monkeypatch)
    assert {each: fields for each, (fields, _) in found.items()} == {each: fields for each, (fields, _) in wanted.items()}
    for chunk_id, (_, vector) in wanted.items():
        np.testing.assert_allclose(found[chunk_id][1], vector, atol=1e-6)
    assert (report["embedded_chunks"], report["shared_chunks"]) == (7, 5)
    print(list(first.steps))
    assert second["join_shards / index_report"]["written_points"] == 0

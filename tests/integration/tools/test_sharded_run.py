"""The sharded pipeline, run by ZenML in this process, on a SQLite and a Qdrant Edge of the test's own."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from zenml import pipeline, step
from zenml.enums import ExecutionMode
from zenml.exceptions import StepExecutionException
from zenml.models import PipelineRunResponse

from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, TermVector
from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.factory import embedder, opened_vector_store
from llm_engineering.settings import Settings
from tests.support.documents import article
from tools.pipeline_start import cause_of, prepared_run
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
                article(
                    f"# About {name}\n\nWhat {name} are for.{FOOTER}",
                    link=f"https://ada.dev/{name}",
                    author_id=author.id,
                )
                for name in names
            ],
        )


def started(tmp_path: Path, shards: int) -> PipelineRunResponse:
    """Run the feature pipeline with the file that says how many shards there are."""
    path = tmp_path / "feature_engineering.yaml"
    path.write_text(
        f"parameters: {{author_full_names: [Ada Lovelace], chunking: {{min_tokens: 0}}, shards: {shards}}}",
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


def test_it_builds_what_the_unsharded_pipeline_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "many"):
        write_articles(tmp_path / name)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "one"))
    started(tmp_path, 1)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "many"))

    first = started(tmp_path, 8)
    second = started(tmp_path, 8)

    wanted, found = held(tmp_path / "one", monkeypatch), held(tmp_path / "many", monkeypatch)
    assert {each: fields for each, (fields, _) in found.items()} == {
        each: fields for each, (fields, _) in wanted.items()
    }
    for chunk_id, (_, vector) in wanted.items():
        # A model rounds otherwise when other texts are computed beside one.
        np.testing.assert_allclose(found[chunk_id][1], vector, atol=1e-6)
    figures = step_figures(first)
    # Six documents fall into five of the eight shards.
    # ZenML lists them in the order in which their threads began.
    names = sorted(name for name in first.steps if name.startswith("map:write"))
    assert names == [f"map:write_shard:{number}" for number in range(5)]
    assert figures["plan_shards / shard_plan"]["changed_documents"] == 6
    report = figures["join_shards / index_report"]
    assert (report["embedded_chunks"], report["shared_chunks"]) == (7, 5)
    assert figures["switch_index / switch_report"]["verdict"] == "first"
    again = step_figures(second)["join_shards / index_report"]
    assert (again["written_points"], again["skipped_documents"]) == (0, 6)


@step(enable_cache=False)
def numbers() -> list[int]:
    return [0, 1]


@step(enable_cache=False)
def refused(number: int) -> None:
    raise EmptyWarehouseError(number)


@pipeline(dynamic=True, execution_mode=ExecutionMode.FAIL_FAST)
def refusing() -> None:
    refused.map(numbers())


class EmptyWarehouseError(TwinError):
    """What a mapped step of the test raises."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Shard {number} is refused.", remedy="Expected.")


def test_what_a_mapped_step_raises_is_found_in_what_zenml_raises() -> None:
    with pytest.raises(StepExecutionException) as caught:
        refusing()

    assert isinstance(cause_of(caught.value), EmptyWarehouseError)

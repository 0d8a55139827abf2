"""`--status` and `--rollback` on real collections."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.index.building import collection_for, note_begun, note_synced
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity
from llm_engineering.infrastructure.factory import embedder, opened_catalog, opened_collection
from llm_engineering.settings import Settings
from tools.index import main

pytestmark = pytest.mark.integration

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    return Settings()


def built(settings: Settings, min_tokens: int, identity: EmbeddingIdentity) -> str:
    """Build an empty collection, switch to it and return its name."""
    fingerprint = IndexFingerprint(
        chunking=Chunking(max_tokens=256, min_tokens=min_tokens), embedding=identity, terms=STANDARD_TERMS
    )
    with opened_catalog(settings) as catalog:
        name = collection_for(catalog, fingerprint, NOON)
        with opened_collection(settings, name, identity) as vectors:
            note_begun(catalog, name, fingerprint, model_id=identity.model, now=NOON)
            note_synced(catalog, name, vectors, NOON)
        catalog.switch(name)
    return name


def command(option: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(main, [option])


def words(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines()]


def test_before_the_first_build_there_is_nothing(tmp_path: Path) -> None:
    assert command("--status").output == (
        f"There is no index twin_chunks at {tmp_path / 'vectors'} yet; the feature pipeline builds it.\n"
    )
    refused = command("--rollback")
    assert (refused.exit_code, "has no previous collection" in refused.output) == (1, True)


def test_the_status_shows_roles_sizes_and_fingerprints_in_words(settings: Settings) -> None:
    identity = embedder(settings).identity
    old, new = built(settings, 40, identity), built(settings, 0, identity)

    result = command("--status")

    assert result.exit_code == 0, result.output
    lines = words(result.output)
    assert lines[2][:3] == ["live", new, "0"]
    assert lines[3][:3] == ["previous", old, "0"]
    assert lines[2][-6:] == ["2026-05-01", "12:00", "UTC", "2026-05-01", "12:00", "UTC"]
    assert "embedding all-MiniLM-L6-v2 (384 dimensions, float32); cutting version 1, 0 to 256 tokens" in result.output


def test_a_rollback_says_what_answers_now(settings: Settings) -> None:
    identity = embedder(settings).identity
    old, new = built(settings, 40, identity), built(settings, 0, identity)

    assert command("--rollback").output == (
        f"{old} answers now; {new} did before.\nIt was last brought up to date at 2026-05-01 12:00 UTC.\n"
    )
    assert command("--rollback").output.startswith(f"{new} answers now")


def test_a_live_index_of_another_model_is_told_with_the_remedy(settings: Settings) -> None:
    identity = embedder(settings).identity
    built(settings, 40, EmbeddingIdentity(model="older-model", dimension=3, precision="float32"))
    built(settings, 40, identity)

    output = command("--rollback").output

    assert "holds vectors of 'older-model' (3 dimensions, float32), but 'all-MiniLM-L6-v2' (384" in output
    assert "set the model back to 'older-model' (TEXT_EMBEDDING_MODEL_ID)" in output

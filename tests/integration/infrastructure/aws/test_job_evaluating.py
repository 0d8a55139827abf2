"""What models have said in a job counts here only if they are the models that lie here."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.model_scoring.pairs import KEPT_UNDER
from llm_engineering.application.evaluate.model_scoring.records import record_lines
from llm_engineering.application.experiments.given_answers import stored_answers, write_answer
from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.container_evaluating import (
    PRINTS_FILE,
    RECORDS_FILE,
    ModelPrints,
    write_records,
)
from llm_engineering.infrastructure.aws.job_evaluating import OtherModelAnsweredError, fetched_records
from llm_engineering.infrastructure.aws.job_results import BadArchiveError
from llm_engineering.infrastructure.aws.job_running import FinishedJob
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.aws import calls_at
from tests.support.experiments import given
from tests.support.sagemaker_jobs import BUCKET, make_bucket, put_archive

pytestmark = pytest.mark.integration
RESULTS = f"s3://{BUCKET}/jobs/two/output"
JOB = FinishedJob("two", {"ModelArtifacts": {"S3ModelArtifacts": f"{RESULTS}/model.tar.gz"}}, ())
PRINTS = {"base": ModelPrints(answers="v1", likelihoods="l1")}


@pytest.fixture(scope="module")
def calls(moto: str) -> BotoCalls:
    return calls_at(moto)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "here.sqlite3", timeout_seconds=5)) as opened:
        yield opened


@pytest.fixture
def records(tmp_path: Path) -> bytes:
    """Return what a job has written of one answer."""
    with closing(SqliteDocumentStore.open(tmp_path / "there.sqlite3", timeout_seconds=5)) as there:
        now = datetime(2026, 11, 28, tzinfo=UTC)
        write_answer(there, given("A tide."), experiment=KEPT_UNDER, variant="v1", question="what", now=now)
        write_records(there, tmp_path / RECORDS_FILE)
    return (tmp_path / RECORDS_FILE).read_bytes()


def fetched(calls: BotoCalls, store: SqliteDocumentStore, prints: bytes, records: bytes) -> int:
    make_bucket(calls)
    put_archive(calls, f"{RESULTS}/output.tar.gz", {PRINTS_FILE: prints, RECORDS_FILE: records})
    return fetched_records(calls, JOB, store, PRINTS, limit_gb=1, say=lambda _text: None)


def test_answers_come_into_the_store(calls: BotoCalls, store: SqliteDocumentStore, records: bytes) -> None:
    prints = json.dumps({name: each.model_dump() for name, each in PRINTS.items()}).encode()

    assert fetched(calls, store, prints, records) == 1
    assert stored_answers(store, KEPT_UNDER, "v1") == {"what": given("A tide.")}


@pytest.mark.parametrize("prints", [b"{}", b'{"base": {"answers": "v2", "likelihoods": "l1"}}'])
def test_what_another_model_said_is_not_used(
    calls: BotoCalls, store: SqliteDocumentStore, records: bytes, prints: bytes
) -> None:
    with pytest.raises(OtherModelAnsweredError, match="'base' of the job is another one"):
        fetched(calls, store, prints, records)

    assert list(record_lines(store)) == []


def test_records_that_cannot_be_read_are_told(calls: BotoCalls, store: SqliteDocumentStore, records: bytes) -> None:
    prints = json.dumps({name: each.model_dump() for name, each in PRINTS.items()}).encode()

    with pytest.raises(BadArchiveError, match="its records cannot be read"):
        fetched(calls, store, b"{", records)
    with pytest.raises(BadArchiveError, match="Line 2 of what models have said"):
        fetched(calls, store, prints, records + b"{}\n")
    assert list(record_lines(store)) == []

"""What a training job leaves in S3 becomes models here, all of them or none."""

from pathlib import Path

import pytest

from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.domain.training import TrainedModel, WeightsKind
from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.container_training import TRAINED_FILE
from llm_engineering.infrastructure.aws.job_results import BadArchiveError
from llm_engineering.infrastructure.aws.job_running import FinishedJob
from llm_engineering.infrastructure.aws.job_training import fetched_model
from llm_engineering.infrastructure.models.folders import read_trained_model
from tests.support.aws import calls_at
from tests.support.model_registry import trained
from tests.support.sagemaker_jobs import BUCKET, make_bucket, put_archive
from tests.support.training import tiny_plan

pytestmark = pytest.mark.integration
RESULTS = f"s3://{BUCKET}/jobs/one/output"
JOB = FinishedJob("one", {"ModelArtifacts": {"S3ModelArtifacts": f"{RESULTS}/model.tar.gz"}}, ())
KINDS = [f"{stage}/{kind}" for stage in ("sft", "dpo") for kind in ("adapter", "merged")]


@pytest.fixture(scope="module")
def calls(moto: str) -> BotoCalls:
    return calls_at(moto)


def left(calls: BotoCalls, *, without: str = "", facts: bytes | None = None) -> TrainedModel:
    """Leave in S3 what a job does, and return what it says of its last model."""
    make_bucket(calls)
    model = trained(Path("/opt/ml/model/dpo/merged"), kind=WeightsKind.MERGED)
    told = model.model_dump_json().encode()
    files = {f"{kind}/{TRAINING_FILE}": told for kind in KINDS if kind != without}
    files |= {f"{kind}/model.safetensors": kind.encode() for kind in KINDS if kind != without}
    put_archive(calls, f"{RESULTS}/model.tar.gz", files)
    content = {TRAINED_FILE: told if facts is None else facts, "comet/one.zip": b"zip"}
    put_archive(calls, f"{RESULTS}/output.tar.gz", content)
    return model


def fetched(calls: BotoCalls, folder: Path) -> TrainedModel:
    plan = tiny_plan(Path("ada/tides"), Path("models/tides"))
    return fetched_model(calls, JOB, plan, folder, limit_gb=1, say=lambda _text: None)


def test_models_lie_where_a_local_training_saves_them(calls: BotoCalls, tmp_path: Path) -> None:
    model = left(calls)

    found = fetched(calls, tmp_path)

    last = tmp_path / "models/tides" / model.stages[-1].method.value / "merged"
    assert found == model.model_copy(update={"folder": str(last)})
    for kind in KINDS:
        folder = tmp_path / "models/tides" / kind
        assert (folder / "model.safetensors").read_bytes() == kind.encode()
        assert '"/opt/ml' not in (folder / TRAINING_FILE).read_text(encoding="utf-8")
        assert read_trained_model(folder).folder == str(folder)
    assert (tmp_path / "comet/one.zip").read_bytes() == b"zip"
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["tides"]


@pytest.mark.parametrize(
    ("without", "facts", "problem"),
    [
        ("dpo/merged", None, "it has no model of dpo/merged"),
        ("", b"{", "trained_model.json in it cannot be read"),
        ("", b'{"folder": "x"}', "trained_model.json in it cannot be read"),
    ],
)
def test_what_is_not_whole_replaces_nothing(
    calls: BotoCalls, tmp_path: Path, without: str, facts: bytes | None, problem: str
) -> None:
    left(calls)
    fetched(calls, tmp_path)
    (tmp_path / "models/tides/sft/adapter/model.safetensors").write_bytes(b"before")
    left(calls, without=without, facts=facts)

    with pytest.raises(BadArchiveError, match=problem):
        fetched(calls, tmp_path)

    assert (tmp_path / "models/tides/sft/adapter/model.safetensors").read_bytes() == b"before"
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["tides"]

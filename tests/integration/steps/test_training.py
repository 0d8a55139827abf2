"""The steps that train a model, on a data set that a run has made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from zenml import pipeline, step
from zenml.client import Client

from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.samples import GatedDataset, PreferenceSample, SampleKind, Split
from llm_engineering.domain.training import TrainedModel, TrainingMethod
from llm_engineering.infrastructure.models.folders import read_trained_model
from pipelines.training import training
from steps.datasets.materializer import DatasetMaterializer
from steps.training.sources import NoDatasetArtifactError, NoDatasetYetError, exact_sources, stage_sources
from tests.support.registered_models import empty_registry
from tests.support.training import instruct_samples, one_thread, tiny_dpo, tiny_plan, tiny_sft

__all__ = ["one_thread"]

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.usefixtures("one_thread")]
SFT = TrainingMethod.SFT


@step(enable_cache=False, output_materializers=DatasetMaterializer)
def make_instruct_set() -> Annotated[GatedDataset, "accepted_dataset"]:
    samples = instruct_samples()
    sides = {side: tuple(sample for sample in samples if sample.split is side) for side in Split}
    return GatedDataset(kind=SampleKind.INSTRUCT, train=sides[Split.TRAIN], test=sides[Split.TEST])


@step(enable_cache=False, output_materializers=DatasetMaterializer)
def make_preference_set() -> Annotated[GatedDataset, "other_dataset"]:
    sample = PreferenceSample(id="one", instruction="What?", chosen="A tide.", rejected="No.")
    return GatedDataset(kind=SampleKind.PREFERENCE, train=(sample,), test=())


@step(enable_cache=False)
def make_a_word() -> Annotated[str, "a_word"]:
    return "tide"


@pipeline
def making() -> None:
    make_a_word()
    make_instruct_set()
    make_preference_set()


@pytest.fixture(scope="module", autouse=True)
def made() -> Iterator[None]:
    """Make an instruct set as its pipeline ends with it, and a preference set under another name."""
    with empty_registry():
        making()
        yield


@pytest.fixture
def plan(tiny_chat_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingPlan:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    stage = tiny_sft(max_steps=2, evaluation_steps=None)
    return tiny_plan(tiny_chat_model, tmp_path / "models", sft=stage, dpo=None)


def test_the_newest_set_becomes_a_model_that_the_dashboard_shows(plan: TrainingPlan, tmp_path: Path) -> None:
    training(**plan.model_dump(mode="json"), registration={"name": "tides"}, publication=None)

    version = Client().get_artifact_version("trained_model")
    model: TrainedModel = version.load()
    assert model.stages[0].dataset.name.startswith("accepted_dataset ")
    assert (model.stages[0].dataset.train, model.stages[0].steps) == (12, 2)
    assert read_trained_model(Path(model.folder)) == model.model_copy(update={"replies": ()})
    assert version.run_metadata["kind"] == "merged"
    assert "<figcaption>Loss</figcaption>" in Path(version.uri, "report.html").read_text(encoding="utf-8")
    # The data set went into the step that trained, so that who forgets a document finds the model.
    (run,) = Client().list_run_steps(name="train_model")
    assert "accepted_dataset" in run.inputs
    registered: RegisteredModel = Client().get_artifact_version("registered_model").load()
    assert (registered.name, registered.version) == ("tides", 1)
    # A copy, so that the next training does not write over it.
    assert read_trained_model(Path(registered.folder)).contract_hash == model.contract_hash
    assert Path(registered.folder).is_relative_to(tmp_path / "data/registered_models/tides")
    # Without a key at Comet the run is recorded in a file.
    assert [path.suffix for path in (tmp_path / "data/comet").iterdir()] == [".zip"]


def test_an_artifact_is_named_exactly(plan: TrainingPlan) -> None:
    sources = exact_sources(plan)

    found = stage_sources(sources, Path("data"))[SFT]

    newest = Client().get_artifact_version("accepted_dataset")
    assert sources == {SFT: f"artifact:{newest.id}"}
    assert len(found.samples) == 16


def test_a_kind_that_no_run_has_made_is_told_with_the_run_that_makes_it(plan: TrainingPlan) -> None:
    both = plan.model_copy(update={"dpo": tiny_dpo()})

    with pytest.raises(NoDatasetYetError, match="poetry poe run-generate-preference-datasets-pipeline"):
        exact_sources(both)


@pytest.mark.parametrize(
    ("name", "fault"), [("nothing_such", "there is none of"), ("a_word", "is no data set but a str")]
)
def test_an_artifact_that_is_no_data_set_is_refused(name: str, fault: str) -> None:
    with pytest.raises(NoDatasetArtifactError, match=fault):
        stage_sources({SFT: f"artifact:{name}"}, Path("data"))


def test_a_file_lies_as_it_is_named_or_below_the_data_folder(tmp_path: Path) -> None:
    rows: Any = '{"instruction": "What?", "answer": "A tide."}\n'
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets/train.jsonl").write_text(rows, encoding="utf-8")

    inside = stage_sources({SFT: "sets/train.jsonl"}, tmp_path)[SFT]
    absolute = stage_sources({SFT: str(tmp_path / "sets/train.jsonl")}, Path("data"))[SFT]

    assert (inside.name, absolute.name) == ("sets/train.jsonl", "train.jsonl")
    assert inside.samples[0].answers == absolute.samples[0].answers == ("A tide.",)

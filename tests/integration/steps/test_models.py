"""The steps that register and promote models, in pipelines on a ZenML of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from huggingface_hub import constants
from zenml import pipeline, step
from zenml.client import Client

from llm_engineering.application.evaluate.model_scoring.folders import folder_evaluation
from llm_engineering.application.train.promotion import Promotion, WeightsChangedError
from llm_engineering.application.train.registry import Registration
from llm_engineering.domain.registered_models import ModelStage
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.models.folders import folder_weights, read_trained_model
from llm_engineering.infrastructure.models.hub import ModelPublication
from llm_engineering.infrastructure.models.zenml_registry import UnreadableVersionError, ZenmlModelRegistry
from steps.materializers import ResultMaterializer
from steps.training.promote_model import promote_model
from steps.training.push_model import push_model
from steps.training.register_model import register_model
from tests.support.hub_stub import hub_stub
from tests.support.model_folders import trained_folder
from tests.support.model_registry import HASH_B, evaluated
from tests.support.registered_models import empty_registry

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZenmlModelRegistry]:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    with empty_registry() as client:
        yield ZenmlModelRegistry(client)


@pytest.fixture
def model(tiny_chat_model: Path, tmp_path: Path) -> TrainedModel:
    return trained_folder(tiny_chat_model, tmp_path / "out")


@step(enable_cache=False, output_materializers=ResultMaterializer)
def read_model(folder: str) -> Annotated[TrainedModel, "trained_model"]:
    return read_trained_model(Path(folder))


@pipeline(enable_cache=False)
def registering(folder: str) -> None:
    register_model(read_model(folder), Registration(name="twin"))


def test_a_run_registers_what_it_trained_with_a_copy_a_card_and_links(
    model: TrainedModel, registry: ZenmlModelRegistry, tmp_path: Path
) -> None:
    run = registering(model.folder)
    assert run is not None

    (found,) = registry.versions("twin")
    kept = Path(found.folder)
    assert kept.parent == tmp_path / "data" / "registered_models" / "twin"
    assert folder_weights(kept) == found.weights_hash == folder_weights(Path(model.folder))
    assert "# twin" in (kept / "README.md").read_text(encoding="utf-8")
    assert found.training["sft"]["last"] == {"loss": 1.25, "eval_loss": 1.5}
    client = Client()
    version = client.get_model_version("twin", 1)
    (linked_run,) = client.list_model_version_pipeline_run_links(model_version_id=version.id).items
    linked = client.list_model_version_artifact_links(model_version_id=version.id).items
    assert linked_run.pipeline_run.id == run.id
    assert [each.artifact_version.artifact.name for each in linked] == ["trained_model"]
    (artifact,) = run.steps["register_model"].outputs["registered_model"]
    assert artifact.load() == found
    assert artifact.run_metadata["weights"] == found.weights_hash


def test_the_same_weights_are_registered_once_and_training_again_does_not_touch_them(
    model: TrainedModel, registry: ZenmlModelRegistry, tiny_chat_model: Path, tmp_path: Path
) -> None:
    first = register_model.entrypoint(model, Registration())
    assert register_model.entrypoint(model, Registration()) == first
    Path(model.folder).rename(tmp_path / "overwritten")
    again = trained_folder(tiny_chat_model, tmp_path / "out", nudge=7)

    second = register_model.entrypoint(again, Registration())

    assert [each.version for each in registry.versions("twin")] == [1, 2]
    assert folder_weights(Path(first.folder)) == first.weights_hash
    assert second.weights_hash != first.weights_hash


def test_without_a_copy_the_folder_stays_where_it_is(model: TrainedModel) -> None:
    assert register_model.entrypoint(model, Registration(keep_copy=False)).folder == model.folder


def test_an_evaluation_that_lets_it_pass_promotes_it_and_stands_in_its_card(
    model: TrainedModel, registry: ZenmlModelRegistry
) -> None:
    registered = register_model.entrypoint(model, Registration())
    evaluation = evaluated(registered.weights_hash)

    found = promote_model.entrypoint(evaluation, Promotion(promote=True))

    assert (found.version, found.stage) == (1, ModelStage.PRODUCTION)
    assert found.evaluation["dpo_style_score"] == 0.8
    assert folder_evaluation(Path(found.folder)) == evaluation
    assert "passed the gate" in (Path(found.folder) / "README.md").read_text(encoding="utf-8")
    assert list(registry.versions("twin")) == [found]


@pytest.mark.parametrize(("promote", "is_promoted"), [(True, False), (False, True)], ids=["kept back", "only judged"])
def test_a_version_that_may_not_or_shall_not_stays_with_its_figures(
    model: TrainedModel, promote: bool, is_promoted: bool
) -> None:
    registered = register_model.entrypoint(model, Registration())
    evaluation = evaluated(registered.weights_hash, is_promoted=is_promoted)

    found = promote_model.entrypoint(evaluation, Promotion(promote=promote))

    assert found.stage is ModelStage.NONE
    assert found.evaluation["questions"] == 20


def test_an_evaluation_of_other_weights_changes_nothing(model: TrainedModel) -> None:
    registered = register_model.entrypoint(model, Registration())

    assert promote_model.entrypoint(evaluated(HASH_B), Promotion(promote=True)) == registered
    assert folder_evaluation(Path(registered.folder)) is None


def test_a_model_of_somebody_else_is_left_alone(model: TrainedModel, registry: ZenmlModelRegistry) -> None:
    client = Client()
    client.create_model("theirs")
    client.create_model_version("theirs", name="first")

    assert list(registry.names()) == []
    with pytest.raises(UnreadableVersionError, match="without folder, weights_hash"):
        registry.versions("theirs")


def test_a_registration_that_was_killed_in_between_is_completed(
    model: TrainedModel, registry: ZenmlModelRegistry
) -> None:
    client = Client()
    client.create_model("twin", tags=["llm-twin"])
    name = f"sha256-{folder_weights(Path(model.folder))[:16]}"
    client.create_model_version("twin", name=name)

    assert register_model.entrypoint(model, Registration()).version == 1
    assert len(registry.versions("twin")) == 1


def test_a_version_is_pushed_as_long_as_its_folder_holds_it(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    registered = register_model.entrypoint(model, Registration())
    publication = ModelPublication(repository="me/ada")
    with hub_stub() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setenv("HUGGINGFACE_ACCESS_TOKEN", hub.token)
        pushed = push_model.entrypoint(registered, publication)
        (Path(registered.folder) / "model.safetensors").write_bytes(b"other")
        with pytest.raises(WeightsChangedError, match="holds other weights"):
            push_model.entrypoint(registered, publication)

        assert (pushed.url, hub.repositories["me/ada"].commits) == (f"{hub.url}/me/ada", ["Write A twin"])


def test_what_the_dashboard_shows_of_a_version(model: TrainedModel) -> None:
    registered = register_model.entrypoint(model, Registration())
    promote_model.entrypoint(evaluated(registered.weights_hash), Promotion())

    metadata = Client().get_model_version("twin", 1).run_metadata

    assert metadata["weights_hash"] == registered.weights_hash
    assert metadata["evaluation"] == [
        {
            "questions": 20,
            "texts": 5,
            "verdict": "promoted",
            "base_style_score": 0.8,
            "dpo_style_score": 0.8,
            "dpo_perplexity": 0.8,
        }
    ]

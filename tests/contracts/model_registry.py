"""What every ModelRegistry promises, as tests: a suite subclasses this and defines `registry`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from llm_engineering.application.train.registry import ModelRegistry, NewVersion
from llm_engineering.domain.registered_models import ChangeKind, ModelStage, RegisteredModel, StageChange
from llm_engineering.domain.training import WeightsKind
from tests.support.model_registry import CONTRACT, HASH_A, HASH_B, HASH_C, NOON, trained


def new(weights_hash: str = HASH_A, *, name: str = "twin", folder: str = "/models/a") -> NewVersion:
    return NewVersion(name=name, model=trained(), folder=folder, weights_hash=weights_hash)


def change(stage: ModelStage, *, replaced: int | None = None) -> StageChange:
    return StageChange(at=NOON, kind=ChangeKind.PROMOTED, stage=stage, replaced=replaced, reason="better | by far")


def stages(registry: ModelRegistry, name: str = "twin") -> dict[int, str]:
    return {each.version: each.stage.value for each in registry.versions(name)}


class ModelRegistryContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def registry(self) -> ModelRegistry:
        raise NotImplementedError

    def test_it_knows_nothing_at_first(self, registry: ModelRegistry) -> None:
        assert list(registry.names()) == []
        assert list(registry.versions("twin")) == []

    def test_a_version_is_what_was_registered(self, registry: ModelRegistry) -> None:
        found = registry.register(new())

        assert found.model_copy(update={"training": {}}) == RegisteredModel(
            name="twin",
            version=1,
            stage=ModelStage.NONE,
            folder="/models/a",
            weights_hash=HASH_A,
            kind=WeightsKind.ADAPTER,
            base_model="acme/tiny-llama",
            contract_hash=CONTRACT,
            datasets={"sft": "1" * 64, "dpo": "2" * 64},
        )
        assert found.training["sft"]["last"] == {"loss": 1.25, "eval_loss": 1.5}
        assert list(registry.versions("twin")) == [found]

    def test_the_same_weights_are_one_version_that_learns_its_folder(self, registry: ModelRegistry) -> None:
        registry.change_stage(registry.register(new()), change(ModelStage.STAGING))

        again = registry.register(new(folder="/elsewhere/a"))

        assert (again.version, again.folder, again.stage) == (1, "/elsewhere/a", ModelStage.STAGING)
        assert len(again.history) == 1
        assert list(registry.versions("twin")) == [again]

    def test_versions_count_up_within_a_name(self, registry: ModelRegistry) -> None:
        found = [registry.register(each) for each in (new(), new(HASH_B), new(HASH_A, name="other"))]

        assert [(each.name, each.version) for each in found] == [("twin", 1), ("twin", 2), ("other", 1)]
        assert list(registry.names()) == ["other", "twin"]
        assert [each.weights_hash for each in registry.versions("twin")] == [HASH_A, HASH_B]

    def test_the_same_weights_at_the_same_time_are_one_version(self, registry: ModelRegistry) -> None:
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: registry.register(new()), range(4)))

        assert {each.version for each in found} == {1}
        assert len(registry.versions("twin")) == 1

    def test_what_is_in_production_makes_room(self, registry: ModelRegistry) -> None:
        first, second, third = (registry.register(new(each)) for each in (HASH_A, HASH_B, HASH_C))
        registry.change_stage(first, change(ModelStage.PRODUCTION))
        registry.change_stage(second, change(ModelStage.STAGING))

        after = registry.change_stage(third, change(ModelStage.PRODUCTION, replaced=1))

        assert stages(registry) == {1: "archived", 2: "staging", 3: "production"}
        assert after.history == (change(ModelStage.PRODUCTION, replaced=1),)

    def test_several_versions_can_be_archived(self, registry: ModelRegistry) -> None:
        for each in (registry.register(new(HASH_A)), registry.register(new(HASH_B))):
            registry.change_stage(each, change(ModelStage.ARCHIVED))

        assert stages(registry) == {1: "archived", 2: "archived"}

    def test_a_history_grows(self, registry: ModelRegistry) -> None:
        first = registry.register(new())
        registry.change_stage(first, change(ModelStage.PRODUCTION))
        registry.change_stage(first, change(ModelStage.ARCHIVED))

        assert [each.stage.value for each in registry.versions("twin")[0].history] == ["production", "archived"]

    def test_the_last_evaluation_is_kept(self, registry: ModelRegistry) -> None:
        model = registry.register(new())
        registry.note_evaluation(model, {"questions": 20, "verdict": "kept back"})
        noted = registry.note_evaluation(model, {"questions": 30, "dpo_style_score": 0.5})

        assert noted.evaluation == {"questions": 30, "dpo_style_score": 0.5}
        assert list(registry.versions("twin")) == [noted]

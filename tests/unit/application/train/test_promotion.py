from datetime import timedelta

import pytest

from llm_engineering.application.train.promotion import (
    Evidence,
    GateClosedError,
    NothingToRollBackError,
    WeightsChangedError,
    gate_objections,
    promoted,
    put_to_stage,
    rollback_target,
    rolled_back,
)
from llm_engineering.application.train.registry import NewVersion, UnknownModelError, chosen_version
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.registered_models import ChangeKind, ModelStage, RegisteredModel
from tests.support.model_registry import HASH_A, HASH_B, HASH_C, NOON, ModelsInMemory, evaluated, trained


@pytest.fixture
def registry() -> ModelsInMemory:
    registry = ModelsInMemory()
    for number, weights_hash in enumerate((HASH_A, HASH_B, HASH_C), 1):
        registry.register(
            NewVersion(name="twin", model=trained(), folder=f"/models/{number}", weights_hash=weights_hash)
        )
    return registry


def version(registry: ModelsInMemory, number: int) -> RegisteredModel:
    return registry.versions("twin")[number - 1]


def good(model: RegisteredModel) -> Evidence:
    return Evidence(weights_hash=model.weights_hash, evaluation=evaluated(model.weights_hash))


def promote(registry: ModelsInMemory, number: int) -> RegisteredModel:
    model = version(registry, number)
    return promoted(registry, model, good(model), at=NOON + timedelta(hours=number))


def stages(registry: ModelsInMemory) -> list[str]:
    return [each.stage.value for each in registry.versions("twin")]


class TestPromoting:
    def test_a_version_that_its_evaluation_lets_pass_comes_into_production(self, registry: ModelsInMemory) -> None:
        after = promote(registry, 2)

        assert stages(registry) == ["none", "production", "none"]
        (change,) = after.history
        assert (change.kind, change.replaced, change.at) == (ChangeKind.PROMOTED, None, NOON + timedelta(hours=2))
        assert change.reason == "better than base: style 0.8 >= 0.6"

    def test_the_one_before_becomes_archived_and_is_named(self, registry: ModelsInMemory) -> None:
        promote(registry, 1)
        after = promote(registry, 3)

        assert stages(registry) == ["archived", "none", "production"]
        assert after.replaced == 1

    def test_promoting_twice_changes_nothing_more(self, registry: ModelsInMemory) -> None:
        assert promote(registry, 1) == promote(registry, 1)
        assert len(version(registry, 1).history) == 1

    def test_a_verdict_that_keeps_it_back_says_which_rule(self, registry: ModelsInMemory) -> None:
        rules = ("style_score 0.41 is below 0.6", "copies 12 words", "perplexity rose", "judge lost 9 of 10")
        evidence = Evidence(weights_hash=HASH_A, evaluation=evaluated(HASH_A, is_promoted=False, reasons=rules))

        with pytest.raises(GateClosedError, match=r"style_score 0\.41 is below 0\.6.*and 1 more") as told:
            promoted(registry, version(registry, 1), evidence, at=NOON)
        assert told.value.reasons == rules
        assert "--force" in told.value.remedy
        assert stages(registry) == ["none", "none", "none"]

    def test_rules_that_hold_are_no_objection(self, registry: ModelsInMemory) -> None:
        reasons = ("broken: style_score is 0.41, at least 0.6 was asked for", "kept: perplexity is 9.5")
        found = gate_objections(version(registry, 1), evaluated(HASH_A, is_promoted=False, reasons=reasons))

        assert found == ("style_score is 0.41, at least 0.6 was asked for",)

    @pytest.mark.parametrize(
        ("evaluation", "objection"),
        [
            (None, "it has not been evaluated"),
            (evaluated(HASH_B), "about other weights (bbbbbbbbbbbb, those of this version are aaaaaaaaaaaa)"),
            (evaluated(None), "does not say which weights 'dpo' had"),
            (evaluated(HASH_A).model_copy(update={"verdict": None}), "no verdict"),
            (evaluated(HASH_A, is_promoted=False, reasons=()), "keeps it back, compared with base"),
        ],
        ids=["none", "other weights", "no weights", "no verdict", "no reasons"],
    )
    def test_only_a_verdict_about_these_weights_opens_the_gate(
        self, registry: ModelsInMemory, evaluation: ModelEvaluation | None, objection: str
    ) -> None:
        (found,) = gate_objections(version(registry, 1), evaluation)

        assert objection in found
        with pytest.raises(GateClosedError):
            promoted(registry, version(registry, 1), Evidence(weights_hash=HASH_A, evaluation=evaluation), at=NOON)

    def test_force_is_recorded_with_what_spoke_against_it(self, registry: ModelsInMemory) -> None:
        evidence = Evidence(weights_hash=HASH_A)

        after = promoted(registry, version(registry, 1), evidence, at=NOON, forced="I read 50 answers")

        (change,) = after.history
        assert change.kind is ChangeKind.FORCED
        assert change.reason.startswith("I read 50 answers (against: it has not been evaluated")

    def test_force_is_no_force_where_the_gate_is_open(self, registry: ModelsInMemory) -> None:
        model = version(registry, 1)

        after = promoted(registry, model, good(model), at=NOON, forced="in a hurry")

        assert after.history[0].kind is ChangeKind.PROMOTED

    @pytest.mark.parametrize(("found", "told"), [(None, "is not there"), (HASH_B, "holds other weights")])
    def test_weights_that_are_gone_are_never_promoted(
        self, registry: ModelsInMemory, found: str | None, told: str
    ) -> None:
        with pytest.raises(WeightsChangedError, match=told):
            promoted(registry, version(registry, 1), Evidence(weights_hash=found), at=NOON, forced="all the same")


class TestRollingBack:
    def roll_back(self, registry: ModelsInMemory) -> RegisteredModel:
        before = rollback_target(registry, "twin")
        return rolled_back(registry, before, Evidence(weights_hash=before.weights_hash), at=NOON)

    def test_the_one_before_is_in_production_again(self, registry: ModelsInMemory) -> None:
        promote(registry, 1)
        promote(registry, 2)

        after = self.roll_back(registry)

        assert stages(registry) == ["production", "archived", "none"]
        assert (after.version, after.history[-1].kind) == (1, ChangeKind.ROLLED_BACK)
        assert after.history[-1].reason == "in the place of 2"

    def test_rolling_back_twice_goes_back_twice(self, registry: ModelsInMemory) -> None:
        for number in (1, 2, 3):
            promote(registry, number)

        assert [self.roll_back(registry).version for _ in range(2)] == [2, 1]
        with pytest.raises(NothingToRollBackError, match="version 1 was the first one in production"):
            self.roll_back(registry)

    def test_what_was_rolled_back_can_be_promoted_and_rolled_back_again(self, registry: ModelsInMemory) -> None:
        promote(registry, 1)
        promote(registry, 2)
        self.roll_back(registry)
        promote(registry, 2)

        assert self.roll_back(registry).version == 1

    def test_there_has_to_be_something_to_go_back_to(self, registry: ModelsInMemory) -> None:
        with pytest.raises(NothingToRollBackError, match="no version is in production"):
            rollback_target(registry, "twin")
        with pytest.raises(UnknownModelError, match="The registry has no other"):
            rollback_target(registry, "other")

    def test_weights_that_are_gone_do_not_come_back(self, registry: ModelsInMemory) -> None:
        promote(registry, 1)
        promote(registry, 2)
        before = rollback_target(registry, "twin")

        with pytest.raises(WeightsChangedError):
            rolled_back(registry, before, Evidence(weights_hash=None), at=NOON)
        assert stages(registry) == ["archived", "production", "none"]


class TestOtherStages:
    def test_staging_and_archive_need_no_gate(self, registry: ModelsInMemory) -> None:
        put_to_stage(registry, version(registry, 1), ModelStage.STAGING, at=NOON)
        put_to_stage(registry, version(registry, 2), ModelStage.ARCHIVED, at=NOON, reason="old")
        again = put_to_stage(registry, version(registry, 2), ModelStage.ARCHIVED, at=NOON, reason="once more")

        assert stages(registry) == ["staging", "archived", "none"]
        assert [each.reason for each in again.history] == ["old"]

    @pytest.mark.parametrize("stage", [ModelStage.PRODUCTION, ModelStage.NONE])
    def test_production_has_a_gate_and_nothing_is_undone(self, registry: ModelsInMemory, stage: ModelStage) -> None:
        with pytest.raises(InvalidInputError, match="cannot simply be put to"):
            put_to_stage(registry, version(registry, 1), stage, at=NOON)


class TestChoosing:
    @pytest.mark.parametrize(
        ("wanted", "found"), [("2", 2), ("v2", 2), ("latest", 3), ("production", 1), ("staging", 2)]
    )
    def test_a_version_is_named_by_number_stage_or_age(self, registry: ModelsInMemory, wanted: str, found: int) -> None:
        promote(registry, 1)
        put_to_stage(registry, version(registry, 2), ModelStage.STAGING, at=NOON)

        assert chosen_version(registry, "twin", wanted).version == found

    def test_what_there_is_is_told(self, registry: ModelsInMemory) -> None:
        with pytest.raises(UnknownModelError, match=r"no twin 7\. Registered are: 1 \(none\), 2 \(none\), 3 \(none\)"):
            chosen_version(registry, "twin", "7")
        with pytest.raises(UnknownModelError, match=r"no twin archived"):
            chosen_version(registry, "twin", "archived")
        with pytest.raises(UnknownModelError, match=r"no twins latest\. Registered are: twin\."):
            chosen_version(registry, "twins")
        with pytest.raises(UnknownModelError, match="Nothing is registered"):
            chosen_version(ModelsInMemory(), "twin")

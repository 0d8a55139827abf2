"""The rule by which a new collection takes the place of the live one."""

import pytest

from llm_engineering.application.evaluate.scoring import RetrievalFigures
from llm_engineering.application.index.catalog import IndexEntry
from llm_engineering.application.index.switch_rule import (
    Decision,
    Score,
    Switching,
    SwitchRule,
    UnscorableCollectionError,
    WithoutQuestions,
    compared_decision,
    decision,
)
from tests.support.switches import NOON, figures, fingerprint

ENTRY = IndexEntry(fingerprint=fingerprint(40), made_at=NOON, synced_at=NOON)
RULE = Switching(tolerance=0.02)


def decided(
    rule: Switching = RULE, *, entry: IndexEntry = ENTRY, missing: tuple[str, ...] = (), score: Score | None = None
) -> Decision:
    return decision(rule, "blue", "green", entry, missing_authors=missing, score=score)


def scores(blue: list[float], green: list[float]) -> Score:
    return {"blue": figures(blue), "green": figures(green)}.__getitem__


def never_asked(name: str) -> RetrievalFigures:
    raise UnscorableCollectionError(name, "it must not be asked")


class TestByHand:
    def test_never_is_never(self) -> None:
        rule = Switching(switch=SwitchRule.NEVER)
        assert decided(rule, score=never_asked) == Decision(
            switches=False, reason="The rule is `switch: never`.", comparisons={}
        )

    def test_always_scores_nothing(self) -> None:
        found = decided(Switching(switch=SwitchRule.ALWAYS), score=never_asked)
        assert (found.switches, found.comparisons) == (True, {})

    @pytest.mark.parametrize("switch", [SwitchRule.ALWAYS, SwitchRule.WHEN_NOT_WORSE])
    def test_no_author_is_lost(self, switch: SwitchRule) -> None:
        found = decided(Switching(switch=switch), missing=("Ada Lovelace", "Bob Byron"), score=never_asked)
        assert not found.switches
        assert "has no documents of Ada Lovelace, Bob Byron yet" in found.reason

    def test_what_was_rolled_back_stays_so(self) -> None:
        rolled_back = ENTRY.model_copy(update={"rolled_back_at": NOON})
        found = decided(entry=rolled_back, score=scores([0.1], [0.9]))
        assert not found.switches
        assert "went back from this collection on 2026-05-01 12:00 UTC" in found.reason
        assert decided(Switching(switch=SwitchRule.ALWAYS), entry=rolled_back).switches


class TestWithoutQuestions:
    @pytest.mark.parametrize(("rule", "switches"), [(WithoutQuestions.SWITCH, True), (WithoutQuestions.KEEP, False)])
    def test_the_file_decides(self, rule: WithoutQuestions, switches: bool) -> None:
        found = decided(Switching(without_questions=rule))
        assert found.switches is switches
        assert found.reason == f"There are no golden questions yet. The rule is `without_questions: {rule}`."

    def test_a_live_one_that_cannot_be_asked_is_no_comparison(self) -> None:
        found = decided(Switching(without_questions=WithoutQuestions.KEEP), score=never_asked)
        assert not found.switches
        assert "The collection 'blue' cannot be scored: it must not be asked." in found.reason

    def test_no_common_question_is_no_comparison(self) -> None:
        changed = figures([0.5]).model_copy(update={"scores": ()})
        assert "no golden question in common" in compared_decision(RULE, figures([0.5]), changed).reason


class TestNotWorse:
    def test_equal_answers_switch(self) -> None:
        found = decided(score=scores([0.5, 0.7], [0.5, 0.7]))
        assert found.switches
        assert found.comparisons["nDCG@10"].difference.mean == 0
        assert set(found.comparisons) == {"nDCG@10", "recall@10", "MRR@10"}
        assert found.reason == (
            "nDCG@10 of 2 golden questions went from 0.600 to 0.600 "
            "(95 % interval of the difference +0.000 to +0.000): not worse."
        )

    def test_a_higher_mean_switches_however_unsure(self) -> None:
        assert decided(score=scores([0.9, 0.1], [0.1, 1.0])).switches

    def test_a_loss_is_put_up_with_if_it_is_surely_small(self) -> None:
        # Each question loses 0.01, so every resample does.
        assert decided(score=scores([0.5] * 20, [0.49] * 20)).switches

    def test_a_loss_above_the_tolerance_is_not(self) -> None:
        found = decided(score=scores([0.5] * 20, [0.47] * 20))
        assert not found.switches
        assert "it may have lost more than 0.02" in found.reason

    def test_a_small_mean_loss_that_may_be_large_is_not(self) -> None:
        # The mean loss is 0.01; with 20 questions of which two lose 0.5 and two win 0.4 it may be 0.1 as well.
        live = [0.5] * 20
        new = [0.0, 0.0, 0.9, 0.9, *[0.5] * 16]
        assert not decided(score=scores(live, new)).switches
        assert decided(Switching(tolerance=0.2), score=scores(live, new)).switches

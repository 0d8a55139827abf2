import pytest
from pydantic import ValidationError

from llm_engineering.application.evaluate.model_scoring.promotion import (
    KeptBackError,
    PromotionGate,
    ScoreRule,
    passed_promotion,
    promotion_verdict,
)
from llm_engineering.application.experiments.figures import Direction
from llm_engineering.domain.model_scores import ModelScores, PromotionVerdict, ScoreInterval

DIRECTIONS = {"perplexity": Direction.LOWER, "style_score": Direction.HIGHER, "failed": Direction.LOWER}
BASE = ModelScores(model="base", place="models/base")


def interval(value: float, low: float, high: float) -> ScoreInterval:
    return ScoreInterval(value=value, low=low, high=high, count=20)


CANDIDATE = ModelScores(
    model="dpo",
    place="models/dpo",
    scores={"perplexity": interval(30, 28, 33), "style_score": interval(0.8, 0.7, 0.9), "failed": interval(0, 0, 0)},
    missing={"citation_support": {"nothing_claimed": 7}},
    differences={"perplexity": interval(1.5, -0.5, 3), "style_score": interval(-0.02, -0.1, 0.05)},
)


def verdict(**rule: object) -> PromotionVerdict:
    return promotion_verdict([ScoreRule.model_validate(rule)], CANDIDATE, BASE, DIRECTIONS)


@pytest.mark.parametrize(
    ("rule", "is_promoted", "reason"),
    [
        ({"score": "style_score", "at_least": 0.8}, True, "kept: style_score is 0.8 on average, at least 0.8"),
        (
            {"score": "style_score", "at_least": 0.8, "is_certain": True},
            False,
            "broken: style_score is 0.7 at the worse end of its interval, at least 0.8",
        ),
        ({"score": "failed", "at_most": 0.1}, True, "kept: failed is 0 on average, at most 0.1"),
        ({"score": "perplexity", "at_most": 31, "is_certain": True}, False,
         "broken: perplexity is 33 at the worse end of its interval, at most 31"),
        ({"score": "perplexity", "max_loss": 2}, True,
         "kept: perplexity is 1.5 worse than that of base on average, at most 2 worse"),
        ({"score": "perplexity", "max_loss": 2, "is_certain": True}, False,
         "broken: perplexity is 3 worse than that of base at worst, at most 2 worse"),
        ({"score": "style_score", "max_loss": 0}, False,
         "broken: style_score is 0.02 worse than that of base on average, at most 0 worse"),
        ({"score": "style_score", "max_loss": 0.1, "is_certain": True}, True,
         "kept: style_score is 0.1 worse than that of base at worst, at most 0.1 worse"),
        ({"score": "failed", "max_loss": 0}, False,
         "broken: failed cannot be compared: base has no figure for the same questions"),
        ({"score": "citation_support", "at_least": 0.5}, False,
         "broken: citation_support has no figure (nothing_claimed 7)"),
        ({"score": "rouge_9", "at_least": 0.5}, False, "broken: rouge_9 has no figure (it was not measured)"),
    ],
)  # fmt: skip
def test_a_rule_is_kept_or_broken_with_figure_and_limit(
    rule: dict[str, object], is_promoted: bool, reason: str
) -> None:
    found = verdict(**rule)

    assert found.is_promoted is is_promoted
    assert found.reasons == (reason,)


def test_all_rules_must_hold_and_the_broken_ones_come_first() -> None:
    rules = [ScoreRule(score="failed", at_most=0.1), ScoreRule(score="style_score", at_least=0.9)]

    found = promotion_verdict(rules, CANDIDATE, BASE, DIRECTIONS)

    assert not found.is_promoted
    assert [reason.partition(":")[0] for reason in found.reasons] == ["broken", "kept"]


def test_a_rule_without_a_limit_is_refused() -> None:
    with pytest.raises(ValidationError, match="The rule on 'style_score' has no limit"):
        ScoreRule(score="style_score")


def test_a_run_fails_only_if_the_gate_says_so() -> None:
    kept_back = verdict(score="style_score", at_least=0.9)

    assert passed_promotion(kept_back, PromotionGate()).figures["verdict"] == "kept back"
    assert passed_promotion(None, PromotionGate(fails_run=True)).verdict is None
    with pytest.raises(KeptBackError, match=r"'dpo' is not promoted: broken: style_score is 0.8 on average"):
        passed_promotion(kept_back, PromotionGate(fails_run=True))

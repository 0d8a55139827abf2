"""How models were scored beside each other, and whether one may be promoted."""

from collections.abc import Mapping

from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class ScoreInterval(FrozenModel):
    """The mean of a score over questions or texts, with its bootstrap interval."""

    value: float
    low: float
    high: float
    count: int = Field(ge=0)
    """How many had the score."""


class ModelScores(FrozenModel):
    """What one model scored."""

    model: str
    """Short name in the report: "base", "sft", "dpo", "rag"."""
    place: str
    """Folder, id or endpoint; never an address with a key."""
    scores: Mapping[str, ScoreInterval] = {}
    """By name in snake case: "style_score", "perplexity", "rouge_l", "judge_accuracy" and so on."""
    missing: Mapping[str, Mapping[str, int]] = {}
    """How many questions have no score for each reason, by the score's name: nothing is dropped unseen."""
    differences: Mapping[str, ScoreInterval] = {}
    """The model minus the baseline, over the questions or texts that both have the score of; empty for the baseline."""
    weights_hash: str | None = None
    """SHA-256 of the weights that were scored; None for a service, whose weights nobody here has seen."""


class PromotionVerdict(FrozenModel):
    """Whether a model may become the one that is used."""

    candidate: str
    """`ModelScores.model`."""
    baseline: str
    """What it was compared with."""
    is_promoted: bool
    reasons: tuple[str, ...]
    """For people: each rule with the figure and the threshold, the broken ones first."""


class ModelEvaluation(Result):
    """The scores of all models and what follows from them."""

    models: tuple[ModelScores, ...]
    verdict: PromotionVerdict | None = None
    """None: no rule was set."""
    questions: int = Field(ge=0)
    """How many were asked."""
    texts: int = Field(default=0, ge=0)
    """Held-out texts of the author that perplexity was measured on."""

    @property
    def figures(self) -> Figures:
        """All means, and the verdict."""
        verdict = None if self.verdict is None else ("promoted" if self.verdict.is_promoted else "kept back")
        return {
            "questions": self.questions,
            "texts": self.texts,
            "verdict": verdict,
            **{
                f"{each.model}_{name}": round(score.value, 4)
                for each in self.models
                for name, score in each.scores.items()
            },
        }

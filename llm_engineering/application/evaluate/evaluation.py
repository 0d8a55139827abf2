"""One evaluation of an index, with all that its report shows."""

from collections.abc import Callable, Mapping

from llm_engineering.application.evaluate.accepted import AcceptedEvaluation
from llm_engineering.application.evaluate.comparison import Comparison, compared
from llm_engineering.application.evaluate.golden import GoldenQuestion, GoldenSet
from llm_engineering.application.evaluate.scoring import GroupFigures, RetrievalFigures, golden_figures
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.retrieve.evaluation import compared_ways
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.outcomes import Figures, Result

CONFIGURED = "fused"
"""Name that `compared_ways` gives to the search as it is configured."""


class RetrievalEvaluation(Result):
    """How well an index answers a golden set, and how that compares with what was accepted last."""

    measured: RetrievalFigures
    other_ways: Mapping[str, GroupFigures] = {}
    """The same questions searched by meaning alone ("dense") and by words alone ("sparse"); empty if not wanted."""
    questions: tuple[GoldenQuestion, ...]
    """In the order of `measured.scores`."""
    left_out: Mapping[str, int]
    """Questions of the set that could not be asked any more, by reason."""
    location: str
    """Where the index lies."""
    embedding: EmbeddingIdentity
    retrieval: Retrieval
    before: AcceptedEvaluation | None
    """What was accepted last, if anything was."""

    @property
    def comparison(self) -> Comparison | None:
        """The difference to what was accepted last; None without it or without a question in common."""
        return compared(self.before.ndcg_by_question, self.measured.ndcg_by_question) if self.before else None

    @property
    def figures(self) -> Figures:
        """The measures with their intervals, over all questions, by kind, by author and by way of searching."""
        overall = self.measured.overall
        intervals = {"ndcg": overall.ndcg, "recall": overall.recall, "mrr": overall.mrr}
        return {
            **overall.means,
            **{f"{name}_interval": f"{each.low:.3f} to {each.high:.3f} (95 %)" for name, each in intervals.items()},
            "golden_version": self.measured.golden_version,
            "left_out": dict(self.left_out),
            "location": self.location,
            **self.embedding.model_dump(),
            "per_kind": {str(kind): group.means for kind, group in self.measured.per_kind.items()},
            "per_author": {author: group.means for author, group in self.measured.per_author.items()},
            "ways": {name: group.means for name, group in self.ways.items()},
        }

    @property
    def ways(self) -> dict[str, GroupFigures]:
        """The ways of searching that were compared, the configured one last; empty if there is only that one."""
        return {**self.other_ways, "as configured": self.measured.overall} if self.other_ways else {}


def retrieval_evaluation(
    retriever: Retriever,
    golden: GoldenSet,
    before: AcceptedEvaluation | None,
    *,
    compare_ways: bool,
    on_progress: Callable[[int], None] = lambda _: None,
) -> RetrievalEvaluation:
    """Return how well a retriever answers golden questions; nothing is written.

    Args:
        retriever: Searches the index as configured.
        golden: Questions as they can be asked now (`current_questions`).
        before: What was accepted last.
        compare_ways: Whether to search by meaning alone and by words alone too.
        on_progress: Called with 1 after each search.

    Raises:
        NothingToScoreError: There is no question.
    """
    ways = compared_ways(retriever.retrieval) if compare_ways else {}
    others = {
        name: Retriever(retriever.embedder, retriever.encoder, retriever.vectors, way)
        for name, way in ways.items()
        if name != CONFIGURED
    }
    return RetrievalEvaluation(
        measured=golden_figures(retriever, golden, on_progress),
        other_ways={name: golden_figures(other, golden, on_progress).overall for name, other in others.items()},
        questions=golden.items,
        left_out=golden.dropped_by_reason,
        location=retriever.vectors.location,
        embedding=retriever.embedder.identity,
        retrieval=retriever.retrieval,
        before=before,
    )


def searches(golden: GoldenSet, *, compare_ways: bool) -> int:
    """Return how often `retrieval_evaluation` searches."""
    return len(golden.items) * (3 if compare_ways else 1)

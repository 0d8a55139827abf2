from llm_engineering.application.evaluate.model_scoring.copies import CopiedSpan
from llm_engineering.application.evaluate.model_scoring.questions import QuestionOrigin
from llm_engineering.application.evaluate.model_scoring.report import (
    EvaluationReport,
    ReportedModel,
    ReportedQuestion,
    SaidAnswer,
)
from llm_engineering.application.evaluate.model_scoring.scores import FAILED, ScoreValues
from llm_engineering.application.experiments.comparison import VariantCost
from llm_engineering.domain.model_scores import ModelEvaluation, ModelScores, PromotionVerdict, ScoreInterval
from steps.model_evaluation.answers_html import marked
from steps.model_evaluation.report import evaluation_html

SAID = "I say: one two three four five six seven eight."
COPY = CopiedSpan(start=7, end=46, words=8, source="On <i>numbers</i>")


def model(name: str, **changes: object) -> ModelScores:
    fields: dict[str, object] = {
        "model": name,
        "place": "models/<b>",
        "scores": {"failed": ScoreInterval(value=0.25, low=0.125, high=0.5, count=4)},
        "missing": {"failed": {"model_<failed>": 1}},
    }
    return ModelScores.model_validate({**fields, **changes})


def report(verdict: PromotionVerdict | None = None, training_texts: int = 3) -> EvaluationReport:
    difference = {"failed": ScoreInterval(value=0.125, low=-0.0625, high=0.25, count=4)}
    cost = VariantCost(
        answers=3, failed={"model_failed": 1}, reused=2, prompt_tokens=10, completion_tokens=20, cost=None, seconds=1.5
    )
    scored = ReportedModel(cost=cost, scores=(ScoreValues(definition=FAILED, values={"q0": 0.0}),))
    question = ReportedQuestion(
        id="q0",
        text="What of <script>?",
        origin=QuestionOrigin.HELD_OUT,
        reference="It is <b>silk</b>.",
        answers={"base": SaidAnswer(text=None, failure="It <broke>."), "sft": SaidAnswer(text=SAID, copies=(COPY,))},
    )
    return EvaluationReport(
        evaluation=ModelEvaluation(
            models=(model("base"), model("sft", differences=difference, weights_hash="abcdef0123456789")),
            verdict=verdict,
            questions=1,
        ),
        baseline="base",
        candidate="sft",
        source="a <set>",
        author="Ada <Lovelace>",
        models={"base": scored, "sft": scored},
        questions=(question,),
        training_texts=training_texts,
    )


def test_nothing_of_others_becomes_html() -> None:
    verdict = PromotionVerdict(candidate="sft", baseline="base", is_promoted=False, reasons=("broken: <i>",))

    page = evaluation_html(report(verdict))

    for text in ("<script>", "<broke>", "<b>silk", "<set>", "<Lovelace>", "<i>", "model_<failed>", "models/<b>"):
        assert text not in page
    assert "What of &lt;script&gt;?" in page
    assert "sft is kept back." in page


def test_figures_stand_beside_their_intervals_and_differences() -> None:
    page = evaluation_html(report())

    assert "No verdict" in page
    assert "0.250" in page
    assert "0.125 to 0.500 (4)" in page
    assert '+0.125 <span class="quiet">-0.062 to +0.250</span>' in page
    assert "<code>abcdef012345</code>" in page
    assert "4 answers were kept" in page


def test_copies_are_listed_and_marked_in_the_answers() -> None:
    page = evaluation_html(report())

    assert "Copies from 3 training texts (1)" in page
    assert page.count("<mark>one two three four five six seven eight</mark>") == 2
    assert "<h2>Copies" not in evaluation_html(report(training_texts=0))


def test_spans_that_overlap_are_marked_once() -> None:
    spans = [
        CopiedSpan(start=0, end=5, words=8, source="a"),
        CopiedSpan(start=3, end=8, words=8, source="b"),
        CopiedSpan(start=10, end=12, words=8, source="c"),
    ]

    assert marked("abcdefgh<>ij", spans) == "<mark>abcdefgh</mark>&lt;&gt;<mark>ij</mark>"
    assert marked("a < b", []) == "a &lt; b"

import pytest

from llm_engineering.application.evaluate.style.model import StyleFigures
from llm_engineering.application.experiments.comparison import AnswerComparison, answer_comparison
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.judge import Judged
from llm_engineering.application.experiments.judge_figures import Agreement, JudgeReport
from llm_engineering.application.experiments.metrics import metrics_named
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.running import Answers
from llm_engineering.application.experiments.variants import AnswerChanges
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.prompts import PromptReference
from steps.experiments.plots import difference_plot, paired_plot
from steps.experiments.report import comparison_html
from tests.support.experiments import asked, given

QUESTIONS = asked(*(f"What is <b>{number}</b>?" for number in range(24)))


STYLE = StyleFigures(
    authors={"Ada <b>": 3, "Bob Loud": 4},
    too_short=0,
    leave_one_out_accuracy=0.96,
    wrong={"Bob Loud": 1},
    piece_accuracy=0.9,
    calibration_error=0.01,
)
REPORT = JudgeReport(
    model=ModelIdentity(provider="openai", name="judge-1"),
    prompt=PromptReference(name="judge", version="v1", content_hash="h", origin="code"),
    samples=1,
    judgements=40,
    reused=8,
    failed={"model_failed": 2},
    agreement={"accuracy": Agreement(orders=0.75, samples=None, first_wins=0.625)},
    wrote_answers=True,
    prompt_tokens=1000,
    completion_tokens=200,
    cost=0.5,
)


def comparison(
    look: int = 1, count: int = 24, style: StyleFigures | None = None, judged: Judged | None = None
) -> AnswerComparison:
    """Return an experiment in which B's answers are shorter; it failed on the first question."""
    questions = QUESTIONS[:count]
    longer: dict[str, GivenAnswer] = {
        each.id: given("five words <i>are</i> here", supported=[True]) for each in questions
    }
    shorter = {each.id: given("two words") for each in questions[1:]}
    failed = {"q0": Failure(reason="model_failed", detail="It broke.")} if questions else {}
    return answer_comparison(
        questions,
        {"A": Answers(longer, {}), "B": Answers(shorter, failed, reused=3)},
        metrics_named(["length", "citation_support"]),
        DecisionRule(primary_metric="length", smallest_effect=1),
        experiment="shorter",
        changes={"A": AnswerChanges(), "B": AnswerChanges.model_validate({"prompts": {"answer": "<v2>"}})},
        source="questions.jsonl",
        look=look,
        style=style,
        judged=judged,
    )


def test_the_page_shows_verdict_variants_figures_and_costs() -> None:
    page = comparison_html(comparison())

    assert '<p class="verdict">B is better in length.</p>' in page
    assert "nothing: as configured" in page
    assert "prompts.answer: &lt;v2&gt;" in page
    assert "23 pairs: B is better in 23, A in 0, 0 tie." in page
    assert "Figures that are missing: B lacks 1 (model_failed 1)." in page
    assert '<td class="number">model_failed 1</td>' in page
    assert "3 answers were kept from an earlier run" in page
    assert page.count("<svg") == 4  # the interval, both plots of the primary metric, and the metrics from 0 to 1


def test_text_of_others_is_escaped() -> None:
    page = comparison_html(comparison())

    assert "What is &lt;b&gt;1&lt;/b&gt;?" in page
    assert "five words &lt;i&gt;are&lt;/i&gt; here" in page


def test_the_judge_is_shown_with_how_far_to_trust_him() -> None:
    page = comparison_html(comparison(judged=Judged(figures=(), report=REPORT)))

    assert "Beware.</b> judge-1 judges answers that it wrote itself." in page
    assert "40 judgements, 8 of them kept from an earlier run. Failed: model_failed 2." in page
    assert '<td>accuracy</td><td class="number">75.0%</td><td class="number"></td><td class="number">62.5%</td>' in page
    assert "The judge" not in comparison_html(comparison())


def test_the_style_is_shown_with_how_well_it_is_told() -> None:
    page = comparison_html(comparison(style=STYLE))

    assert "Ada &lt;b&gt; (3 documents), Bob Loud (4 documents)" in page
    assert "96.0% are given to their author" in page


def test_only_the_questions_that_differ_most_are_listed() -> None:
    page = comparison_html(comparison())

    assert "Questions that differ most (first 20 of 23)" in page
    assert page.count("<details>") == 20


def test_a_later_look_is_told_with_its_level() -> None:
    assert "This is look 2 at this experiment." in comparison_html(comparison(look=2))
    assert "decides below p = 0.0111" in comparison_html(comparison(look=2))


@pytest.mark.parametrize("count", [1, 2])
def test_a_page_without_a_pair_or_with_one(count: int) -> None:
    page = comparison_html(comparison(count=count))

    assert "Fewer than two questions have a figure of both variants." in page


def test_points_that_fall_together_grow() -> None:
    plot = paired_plot("length", [(1.0, 2.0), (1.0, 2.0), (1.0, 2.0), (1.0, 2.0), (3.0, 1.0)])

    assert plot.count("<circle") == 2
    assert 'r="6.0"' in plot  # twice as wide for four times as many


def test_bars_of_differences_are_around_0() -> None:
    plot = difference_plot("B - A", [0.0, 0.0, -1.0, 1.0])

    assert [bar.split("<")[0] for bar in plot.split('text-anchor="middle"')[1:]] != []
    assert ">2</text>" in plot
    assert plot.count(">1</text>") == 2
    assert ">0</text>" in plot


def test_plots_of_equal_values_do_not_divide_by_0() -> None:
    assert "<circle" in paired_plot("length", [(1.0, 1.0)])
    assert ">1</text>" in difference_plot("B - A", [0.0])

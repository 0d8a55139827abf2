"""One offline experiment from its questions to its outcome."""

from collections.abc import Callable, Sequence
from datetime import datetime

from llm_engineering.application.experiments.comparison import AnswerComparison, answer_comparison
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.figures import VARIANTS
from llm_engineering.application.experiments.given_answers import counted_look
from llm_engineering.application.experiments.judge import Judge, judged_answers
from llm_engineering.application.experiments.judge_figures import JUDGE_METRIC_NAMES
from llm_engineering.application.experiments.metrics import metrics_named
from llm_engineering.application.experiments.questions import ComparedQuestions
from llm_engineering.application.experiments.running import RunningVariant, collected_answers
from llm_engineering.application.experiments.style_metric import StyleScore
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash


class NothingToAskError(InvalidInputError):
    """There is no question."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"No question of {source} is left to ask.",
            remedy="`poetry poe make-golden-questions` makes golden questions anew; or name a file of your own.",
        )
        self.source = source


async def compared_answers(
    experiment: OfflineExperiment,
    questions: ComparedQuestions,
    variants: Sequence[RunningVariant],
    store: DocumentStore,
    *,
    now: Callable[[], datetime],
    style: StyleScore | None = None,
    judge: Judge | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> AnswerComparison:
    """Let both variants answer the questions and return which one is better.

    Answers are kept in the store as they come and not asked for twice. That the verdict is looked at is kept too: the
    same variants, rule and questions are the same look, anything else is another one, which has less of alpha left.

    Args:
        experiment: What is compared, and what decides.
        questions: What is asked.
        variants: "A" and "B", ready to answer.
        store: Where answers and looks are kept.
        now: Tells the time (UTC).
        style: Measures "style_score", if the experiment has it.
        judge: Compares the answers, if the experiment has a judge.
        on_progress: Called with 1 after each question of each variant, and after each one that is judged.

    Raises:
        NothingToAskError: There is no question.
        NothingAnsweredError: A variant answered nothing at all.
        NothingJudgedError: The judge judged nothing at all.
        BudgetSpentError: The budget of the language model is spent; what was answered is kept.
        StoreUnavailableError: The store could not be reached.
    """
    if not questions.items:
        raise NothingToAskError(questions.source)
    collected = await collected_answers(
        experiment.name,
        variants,
        questions.items,
        store,
        concurrency=experiment.concurrency,
        now=now,
        on_progress=on_progress,
    )
    answers = {name: collected[name] for name in VARIANTS}
    judged = None
    if judge is not None:
        judged = await judged_answers(
            judge,
            experiment.name,
            questions.items,
            answers,
            store,
            concurrency=experiment.concurrency,
            now=now,
            on_progress=on_progress,
        )
    decides = [judge.fingerprint] if judge and experiment.rule.primary_metric in JUDGE_METRIC_NAMES else []
    looked_at = content_hash(
        questions.version,
        experiment.rule.model_dump_json(),
        *(variant.fingerprint for variant in variants),
        *decides,
    )
    return answer_comparison(
        questions.items,
        answers,
        metrics_named(experiment.metrics, [style] if style else []),
        experiment.rule,
        experiment=experiment.name,
        changes={"A": experiment.a, "B": experiment.b},
        source=questions.source,
        look=counted_look(store, experiment.name, looked_at, now()),
        style=style.figures if style and experiment.needs_style else None,
        judged=judged,
    )

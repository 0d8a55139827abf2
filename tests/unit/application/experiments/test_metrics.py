import pytest

from llm_engineering.application.evaluate.golden import Answer as GoldenAnswer
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.metrics import METRICS, UnknownMetricNameError, metrics_named
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.domain.answers import AnswerKind
from tests.support.experiments import answer, asked, found, given
from tests.support.golden import place, question

(QUESTION,) = asked("What is silk?")
JUDGED = QUESTION.model_copy(update={"relevant": {"silk": 1, "https://ada.dev/worms": 1, "wool": 0}})


def value(name: str, given_answer: GivenAnswer, asked_question: ComparedQuestion = QUESTION) -> float | Failure:
    return METRICS[name].value(asked_question, given_answer)


def test_what_was_found_is_judged_by_id_or_link() -> None:
    # The relevant documents lie at ranks 1 and 3: (1 + 1/2) / (1 + 1/log2(3)) = 0.9197.
    answered = given("Silk.", found("a", "silk"), found("b", "wool"), found("c", "worms"))

    assert value("ndcg", answered, JUDGED) == pytest.approx(0.9197, abs=1e-4)
    assert value("recall", answered, JUDGED) == 1
    assert value("recall", given("Silk.", found("a", "silk")), JUDGED) == 0.5
    assert value("ndcg", given("Silk."), JUDGED) == 0


def test_what_was_found_is_judged_by_the_places_of_golden_answers() -> None:
    golden = question(GoldenAnswer(places=(place(0, 4, document_id="silk"),)))
    asked_question = QUESTION.model_copy(update={"golden": golden})

    assert value("ndcg", given("Silk.", found("abcd", "wool"), found("abcd", "silk")), asked_question) == pytest.approx(
        0.6309,
        abs=1e-4,  # 1 / log2(3)
    )


@pytest.mark.parametrize("relevant", [None, {}, {"wool": 0}])
def test_without_a_judgement_there_is_no_figure(relevant: dict[str, int] | None) -> None:
    found_value = value("ndcg", given("Silk."), QUESTION.model_copy(update={"relevant": relevant}))

    assert isinstance(found_value, Failure)
    assert found_value.reason == "not_judged"


def test_support_is_the_share_of_statements() -> None:
    assert value("citation_support", given("Silk.", supported=[True, True, False, True])) == 0.75


def test_an_answer_that_claims_nothing_has_no_support_and_is_no_answer() -> None:
    unknown = GivenAnswer(answer=answer("I do not know.", kind=AnswerKind.UNKNOWN), passages=())

    support = value("citation_support", unknown)

    assert isinstance(support, Failure)
    assert support.reason == "nothing_claimed"
    assert (value("answered", unknown), value("answered", given("Silk."))) == (0, 1)


def test_length_counts_words_and_no_marks() -> None:
    assert value("length", given("Silk [1] is **strong**, isn't it? [12]")) == 6  # isn, t


def test_what_stands_in_a_passage_for_eight_words_is_copied() -> None:
    source = found("The worm spins one two three four five six seven eight nine.", "worms")

    assert value("copy_rate", given("one two three four five six seven eight", source)) == 1
    assert value("copy_rate", given("one two three four five six seven", source)) == 0
    # Nine of twelve words stand in a row in the passage.
    assert value("copy_rate", given("So: ONE two three four, five six seven eight [1] nine. That is", source)) == 0.75
    assert isinstance(value("copy_rate", given("...", source)), Failure)


def test_a_metric_that_does_not_exist_is_told_with_the_closest_one() -> None:
    with pytest.raises(UnknownMetricNameError, match="Did you mean 'copy_rate'"):
        metrics_named(["length", "copyrate"])

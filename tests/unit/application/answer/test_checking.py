"""What was said, checked against the passages."""

import pytest

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.answer.checking import CheckedText, checked_text
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.evidence import EvidenceReport
from llm_engineering.application.answer.finding import considered, context
from llm_engineering.application.answer.writing import Reply
from llm_engineering.domain.language_models import Completion, FinishReason, ModelIdentity, TokenUsage
from tests.support.documents import chunk

ENOUGH = EvidenceReport(similarity=1, coverage=1, is_enough=True)


def passages(*token_counts: int) -> tuple[FoundPassage, ...]:
    return tuple(
        FoundPassage(
            number=None,
            chunk=chunk(f"text {place}", chunk_id=str(place), document_id=f"d{place}").model_copy(
                update={"token_count": tokens}
            ),
            score=1,
            similarity=1,
            word_score=None,
        )
        for place, tokens in enumerate(token_counts, start=1)
    )


def reply(text: str, *, provider: str = "openai", finish: FinishReason = FinishReason.STOP) -> Reply:
    completion = Completion(text=text, finish_reason=finish, usage=TokenUsage(), model="m")
    return Reply(completion=completion, model=ModelIdentity(provider=provider, name="m"))


def checked(said: Reply) -> CheckedText:
    numbered = considered(passages(1, 1), ENOUGH, Answering())
    return checked_text(said, numbered, context(numbered))


@pytest.mark.parametrize(
    ("said", "text", "notes"),
    [
        ("It weaves [1].", "It weaves [1].", ()),
        (
            "It weaves [1, 7]. It sings [9].",
            "It weaves [1]. It sings.",
            ("2 marks of passages that were not given were taken out.",),
        ),
        ("See [one](https://ada.dev/d1) [1].", "See [one](https://ada.dev/d1) [1].", ()),
        (
            "See [two](https://ada.dev/d2) [1].",  # given, but not cited
            "See two [1].",
            ("1 link or address that no cited source has was taken out.",),
        ),
        ("a\u200bb [1]", "ab [1]", ("1 invisible character was taken out.",)),
        ("`x[9]` [1]", "`x[9]` [1]", ()),
        (
            "[[9](https://evil.example)] [1]",
            "[1]",
            (
                "1 mark of a passage that was not given was taken out.",
                "1 link or address that no cited source has was taken out.",
            ),
        ),
    ],
)
def test_what_has_no_business_there_is_taken_out(said: str, text: str, notes: tuple[str, ...]) -> None:
    assert checked(reply(said)) == CheckedText(text=text, notes=notes)


def test_a_text_that_was_cut_off_says_so() -> None:
    assert checked(reply("It [1]", finish=FinishReason.LENGTH)).notes == (
        "The answer was cut off at its greatest length.",
    )


def test_marks_inside_of_a_quote_are_the_authors_own() -> None:
    quoted = "As shown in [2] and [3]. [1]\n\nMore. [2]"

    assert checked(reply(quoted, provider="extractive")).text == "As shown in and. [1]\n\nMore. [2]"


@pytest.mark.parametrize(
    ("tokens", "numbers"),
    [
        ((100, 100, 100), [1, 2, None]),
        ((300, 1), [1, None]),  # the best is always given
        ((100, 200, 1), [1, None, None]),  # no worse one for being shorter
        ((), []),
    ],
)
def test_the_context_keeps_to_its_budget(tokens: tuple[int, ...], numbers: list[int | None]) -> None:
    found = considered(passages(*tokens), ENOUGH, Answering(context_tokens=256))

    assert [passage.number for passage in found] == numbers
    assert [passage.number for passage in context(found)] == [number for number in numbers if number]


def test_too_little_evidence_gives_no_context() -> None:
    too_little = EvidenceReport(similarity=0, coverage=0, is_enough=False)

    assert context(considered(passages(1, 1), too_little, Answering())) == ()

import pytest

from llm_engineering.application.evaluate.golden import Answer, Authorship, GoldenQuestion
from llm_engineering.domain.chunks import Span
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.prompts import PromptReference
from tests.support.golden import golden, place, question

AUTHORSHIP = Authorship(
    model=ModelIdentity(provider="openai", name="tide-1"),
    prompt=PromptReference(name="golden_question", version="v1", content_hash="0" * 64, origin="code"),
    quote="twice a day",
)


@pytest.mark.parametrize(
    ("start", "end", "is_covered"),
    [
        (100, 200, True),
        (0, 100, False),
        (120, 140, True),  # inside
        (0, 1_000, True),  # around
        (50, 150, True),  # half of it
        (50, 149, False),  # 49 of 99 characters
        (190, 300, False),
    ],
)
def test_a_range_is_a_place_if_they_share_half_of_the_shorter_one(start: int, end: int, is_covered: bool) -> None:
    assert place(100, 200).covers("doc", Span(start=start, end=end)) is is_covered


def test_another_document_is_another_place() -> None:
    assert not place(100, 200).covers("other", Span(start=100, end=200))


def test_a_question_made_again_is_the_same_question_wherever_its_answer_moved() -> None:
    first = question(Answer(places=(place(0, 9, digest="same"),)))
    moved = question(Answer(places=(place(5, 14, digest="same"),)))
    changed = question(Answer(places=(place(0, 9, digest="other"),)))

    assert first.id == moved.id
    assert first.id != changed.id


def test_a_version_names_exactly_its_questions() -> None:
    one, two = (question(Answer(places=(place(0, 9),)), text=text) for text in ("One?", "Two?"))

    assert golden(one).version == golden(one).version
    assert len({golden(one).version, golden(two).version, golden(one, two).version}) == 3
    assert len(golden(one).version) == 12


def test_sets_from_before_there_were_written_questions_keep_their_version() -> None:
    asked = question(Answer(places=(place(0, 9),)))
    by_hand = asked.model_copy(update={"written": AUTHORSHIP})

    assert golden(asked).version == "70e85cd41ba6"
    assert "written" not in asked.model_dump()
    assert GoldenQuestion.model_validate_json(by_hand.model_dump_json()) == by_hand
    assert golden(by_hand).version != golden(asked).version


def test_figures_count_by_kind_category_and_author() -> None:
    asked = [
        question(Answer(places=(place(0, 9, "a"), place(0, 9, "b")))),
        question(Answer(places=(place(0, 9, "c"),)), author="Bob Byron"),
    ]

    figures = golden(*asked).figures

    assert figures["per_author"] == {"Ada Lovelace": 1, "Bob Byron": 1}
    assert figures["per_kind"] == {"heading": 2}
    assert (figures["questions"], figures["documents"]) == (2, 3)

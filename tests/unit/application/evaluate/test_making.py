from collections.abc import Sequence
from typing import Final

import pytest

from llm_engineering.application.evaluate.candidates import Candidate, answer
from llm_engineering.application.evaluate.excerpts import whole
from llm_engineering.application.evaluate.golden import QuestionKind, WritingFigures
from llm_engineering.application.evaluate.making import Asking, NoQuestionsError, golden_set
from llm_engineering.application.evaluate.written import WrittenQuestions
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.prompts import PromptReference
from tests.support.documents import cleaned
from tests.support.fakes import word_stem
from tests.support.golden import document, words

UNWRITTEN: Final = Asking(questions={QuestionKind.HEADING: 80, QuestionKind.TITLE: 20})
FIGURES: Final = WritingFigures(
    model=ModelIdentity(provider="openai", name="tide-1"),
    prompt=PromptReference(name="golden_question", version="v1", content_hash="abcdef" * 10, origin="code"),
    passages=9,
    replies=2,
    usage=TokenUsage(prompt_tokens=30, completion_tokens=12),
    cost=0.5,
)
SILK: Final = "Silk is a fibre that worms spin from their glands."


def article(number: int) -> CleanedDocument:
    text = (
        f"# Weaving cloth{number}\n\n{words(40, f'x{number}')}\n\n# Old machines{number}\n\n{words(40, f'y{number}')}"
    )
    return document(text, link=f"https://ada.dev/{number}", title=f"Essay number{number}")


def test_the_same_documents_give_the_same_set_in_any_order() -> None:
    documents = [article(number) for number in range(4)]

    sets = [golden_set(given, word_stem, Asking()) for given in (documents, documents[::-1])]

    assert sets[0] == sets[1]
    assert sets[0].version == sets[1].version
    assert len(sets[0].document_ids) == 4
    assert sets[0].figures["per_kind"] == {"heading": 8, "title": 4}
    assert "writing" not in sets[0].figures


def test_no_more_are_chosen_than_asked_for() -> None:
    asking = Asking(questions={QuestionKind.HEADING: 3})

    golden = golden_set([article(number) for number in range(4)], word_stem, asking)

    assert len(golden.items) == 3
    assert golden.candidates == {QuestionKind.HEADING: 8}


def test_source_code_is_left_out_with_the_reason() -> None:
    golden = golden_set([article(1), cleaned("# Weaving code\n\n" + words(40), code=True)], word_stem, UNWRITTEN)

    assert golden.dropped_by_reason == {"code": 1}


def test_documents_without_a_question_are_an_error() -> None:
    with pytest.raises(NoQuestionsError, match="1 documents give no question"):
        golden_set([document("Looms", title="Looms")], word_stem, Asking())


def test_every_kind_is_made() -> None:
    asked = document(f"# Weaving cloth\n\n{SILK}\n\n{words(40)} and looms weave cloth.", title="Essay on weaving")
    other = document(f"Looms, weave, cloth. {words(30, 'y')}.", link="https://ada.dev/2", title="Essay on machines")

    golden = golden_set([asked, other], word_stem, Asking())

    assert {question.kind for question in golden.items} == set(QuestionKind) - {QuestionKind.WRITTEN}


def test_without_a_language_model_it_is_told_that_there_are_no_written_questions() -> None:
    golden = golden_set([article(1)], word_stem, Asking())

    assert golden.figures["dropped"] == {"no_language_model": 1}
    assert golden.dropped[0].item == "40 written questions"
    assert "language-models.md" in golden.dropped[0].detail
    assert golden.figures["candidates"]["written"] == 0


def test_a_language_model_is_asked_about_prose_for_as_many_questions_as_are_wanted() -> None:
    asked: list[tuple[list[str], int, int]] = []
    source = article(1)

    def write(documents: Sequence[CleanedDocument], count: int, seed: int) -> WrittenQuestions:
        asked.append(([each.provenance.link for each in documents], count, seed))
        candidate = Candidate(QuestionKind.WRITTEN, "Who weaves?", whole(source), (answer([whole(source)]),))
        return WrittenQuestions((candidate, Dropped(item="Why?", reason="copied", detail="It was.")), FIGURES)

    asking = Asking(questions={QuestionKind.WRITTEN: 3}, seed=5)
    golden = golden_set([source, cleaned("Code.", code=True)], word_stem, asking, write)

    assert asked == [(["https://ada.dev/1"], 3, 5)]
    assert [each.text for each in golden.items] == ["Who weaves?"]
    assert golden.dropped_by_reason == {"code": 1, "copied": 1}
    assert golden.figures["writing"] == {
        "model": "openai tide-1",
        "prompt": "golden_question v1 (abcdefabcdef)",
        "passages": 9,
        "replies": 2,
        "prompt_tokens": 30,
        "completion_tokens": 12,
        "cost": 0.5,
    }


def test_nobody_is_asked_to_write_what_nobody_wants() -> None:
    def write(*_: object) -> WrittenQuestions:
        raise AssertionError

    golden = golden_set([article(1)], word_stem, UNWRITTEN, write)

    assert golden.dropped == ()

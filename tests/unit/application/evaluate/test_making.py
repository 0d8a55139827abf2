from typing import Final

import pytest

from llm_engineering.application.evaluate.candidates import Candidate
from llm_engineering.application.evaluate.excerpts import whole
from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.making import Asking, NoQuestionsError, evenly, golden_set
from llm_engineering.domain.documents import CleanedDocument
from tests.support.documents import cleaned
from tests.support.fakes import word_stem
from tests.support.golden import document, words

SILK: Final = "Silk is a fibre that worms spin from their glands."


def article(number: int) -> CleanedDocument:
    text = (
        f"# Weaving cloth{number}\n\n{words(40, f'x{number}')}\n\n# Old machines{number}\n\n{words(40, f'y{number}')}"
    )
    return document(text, link=f"https://ada.dev/{number}", title=f"Essay number{number}")


def candidates(*documents: CleanedDocument, of_each: int) -> list[Candidate]:
    return [
        Candidate(QuestionKind.HEADING, f"{source.provenance.link} {number}", whole(source), ())
        for source in documents
        for number in range(of_each)
    ]


def test_documents_take_turns() -> None:
    many = candidates(article(1), of_each=10) + candidates(article(2), article(3), of_each=2)

    links = [each.source.document.provenance.link for each in evenly(many, 6, seed=1)]

    assert sorted(links) == [f"https://ada.dev/{number}" for number in (1, 1, 2, 2, 3, 3)]


def test_categories_take_turns() -> None:
    readme = cleaned("Text.", link="README.md", code=True)
    many = candidates(*(article(number) for number in range(9)), readme, of_each=3)

    categories = [each.source.document.provenance.category for each in evenly(many, 6, seed=1)]

    assert sorted(categories) == ["articles"] * 3 + ["repositories"] * 3


def test_the_seed_decides_which() -> None:
    many = candidates(*(article(number) for number in range(20)), of_each=5)

    assert evenly(many, 5, seed=1) == evenly(many, 5, seed=1)
    assert evenly(many, 5, seed=1) != evenly(many, 5, seed=2)


def test_the_same_documents_give_the_same_set_in_any_order() -> None:
    documents = [article(number) for number in range(4)]

    sets = [golden_set(given, word_stem, Asking()) for given in (documents, documents[::-1])]

    assert sets[0] == sets[1]
    assert sets[0].version == sets[1].version
    assert len(sets[0].document_ids) == 4
    assert sets[0].figures["per_kind"] == {"heading": 8, "title": 4}


def test_no_more_are_chosen_than_asked_for() -> None:
    asking = Asking(questions={QuestionKind.HEADING: 3})

    golden = golden_set([article(number) for number in range(4)], word_stem, asking)

    assert len(golden.items) == 3
    assert golden.candidates == {QuestionKind.HEADING: 8}


def test_source_code_is_left_out_with_the_reason() -> None:
    golden = golden_set([article(1), cleaned("# Weaving code\n\n" + words(40), code=True)], word_stem, Asking())

    assert golden.dropped_by_reason == {"code": 1}


def test_documents_without_a_question_are_an_error() -> None:
    with pytest.raises(NoQuestionsError, match="1 documents give no question"):
        golden_set([document("Looms", title="Looms")], word_stem, Asking())


def test_every_kind_is_made() -> None:
    asked = document(f"# Weaving cloth\n\n{SILK}\n\n{words(40)} and looms weave cloth.", title="Essay on weaving")
    other = document(f"Looms, weave, cloth. {words(30, 'y')}.", link="https://ada.dev/2", title="Essay on machines")

    golden = golden_set([asked, other], word_stem, Asking())

    assert {question.kind for question in golden.items} == set(QuestionKind)

from llm_engineering.application.evaluate.candidates import Candidate
from llm_engineering.application.evaluate.choosing import evenly
from llm_engineering.application.evaluate.excerpts import whole
from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.domain.documents import CleanedDocument
from tests.support.documents import cleaned
from tests.support.golden import document


def article(number: int) -> CleanedDocument:
    return document(f"Text {number}.", link=f"https://ada.dev/{number}")


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

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.style.model import UnknownStyleAuthorError
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.style_metric import style_score
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.documents import article
from tests.support.experiments import asked, found, given
from tests.support.styles import calm, loud, two_authors

(QUESTION,) = asked("What is linen?")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as opened:
        yield opened


def write(store: DocumentStore, texts: dict[str, list[str]]) -> None:
    for name, each in texts.items():
        author = written_author(store, name).author
        documents = [
            article(text, link=f"https://{author.last_name}.dev/{number}", author_id=author.id)
            for number, text in enumerate(each)
        ]
        write_documents(store, documents)


def test_who_is_to_be_heard_is_heard(store: DocumentStore) -> None:
    write(store, two_authors())
    metric = style_score(store, "Ada Calm")

    right, wrong = metric.value(QUESTION, given(calm("linen"))), metric.value(QUESTION, given(loud("linen")))

    assert isinstance(right, float)
    assert isinstance(wrong, float)
    assert right > 0.9
    assert wrong < 0.1


def test_without_another_author_every_answer_fails_with_the_reason(store: DocumentStore) -> None:
    write(store, {"Ada Calm": two_authors()["Ada Calm"]})

    figure = style_score(store, "Ada Calm").value(QUESTION, given(calm("linen")))

    assert isinstance(figure, Failure)
    assert figure.reason == "too_few_authors_for_style"
    assert style_score(store, "Ada Calm").figures is None


def test_an_author_without_a_style_is_told_before_anything_is_asked(store: DocumentStore) -> None:
    write(store, two_authors())

    with pytest.raises(UnknownStyleAuthorError, match="Did you mean 'Ada Calm'"):
        style_score(store, "Ada Clam")


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (given(calm("linen")), "no_single_author"),
        (given(calm("linen"), found("silk", "silk")), "style_not_known"),  # by Ada Lovelace
    ],
)
def test_without_a_name_the_author_of_the_passages_is_meant(
    store: DocumentStore, answered: object, reason: str
) -> None:
    write(store, two_authors())

    figure = style_score(store, None).value(QUESTION, answered)  # type: ignore[arg-type]

    assert isinstance(figure, Failure)
    assert figure.reason == reason

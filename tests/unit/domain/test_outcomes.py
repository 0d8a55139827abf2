from typing import Any

import pytest
from pydantic import ValidationError

from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, Result, counted, counts_by_source, domain


class Word(FrozenModel):
    text: str
    letters: tuple[str, ...]


class Words(Batch[Word]):
    language: str

    @property
    def figures(self) -> Figures:
        return {"words": len(self.items), "dropped": self.dropped_by_reason}


def drop(reason: str, item: str = "x") -> Dropped:
    return Dropped(item=item, reason=reason, detail="It was so. Do this.")


def test_an_item_is_read_back_from_its_record() -> None:
    record = Words.record(Word(text="ab", letters=("a", "b")))

    assert record == {"text": "ab", "letters": ["a", "b"]}
    assert Words.item(record) == Word(text="ab", letters=("a", "b"))


def test_a_record_that_is_no_item_is_refused() -> None:
    with pytest.raises(ValidationError, match="letters"):
        Words.item({"text": "ab"})


def test_a_batch_may_be_empty() -> None:
    words = Words(items=(), language="en")

    assert words.figures == {"words": 0, "dropped": {}}


def test_drops_are_counted_by_reason_the_most_frequent_first() -> None:
    words = Words(items=(), dropped=(drop("too_long"), drop("empty"), drop("empty")), language="en")

    assert list(words.dropped_by_reason.items()) == [("empty", 2), ("too_long", 1)]


def test_a_result_without_figures_cannot_be_made() -> None:
    class Mute(Result):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Mute()  # type: ignore[abstract]  # that is what is tested


def test_a_batch_refuses_fields_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="languag"):
        Words.model_validate({"items": (), "language": "en", "languag": "en"})


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], []), (["b"], [("b", 1)]), (["b", "a", "b"], [("b", 2), ("a", 1)]), (["b", "a"], [("b", 1), ("a", 1)])],
)
def test_values_are_counted(values: list[str], expected: list[tuple[str, int]]) -> None:
    assert list(counted(values).items()) == expected


def source(**fields: Any) -> Provenance:
    about = {
        "document_id": "1",
        "content_hash": "0f" * 32,
        "author_id": "ada",
        "author_full_name": "Ada Lovelace",
        "category": Category.ARTICLES,
        "platform": "medium",
        "link": "https://ada.dev/one",
        "title": "One",
        "language": "en",
    }
    return Provenance.model_validate({**about, **fields})


def test_sources_are_counted_by_category_author_and_domain() -> None:
    sources = [
        source(),
        source(link="file:///home/ada/engine/run.py", platform="local", category=Category.REPOSITORIES),
        source(author_full_name="Bob Byron", link="https://ada.dev/two"),
    ]

    assert counts_by_source(iter(sources)) == {
        "per_category": {"articles": 2, "repositories": 1},
        "per_author": {"Ada Lovelace": 2, "Bob Byron": 1},
        "per_domain": {"ada.dev": 2, "local": 1},
    }


def test_no_sources_are_counted_as_nothing() -> None:
    assert counts_by_source([]) == {"per_category": {}, "per_author": {}, "per_domain": {}}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://ada.dev/one", "ada.dev"),
        ("https://ADA.dev:8443/one?two#three", "ada.dev"),
        ("http://[::1]:8765/", "::1"),
        ("file:///home/ada/run.py", "medium"),
        ("", "medium"),
        ("no link at all", "medium"),
        ("https://[broken/one", "medium"),
    ],
)
def test_the_domain_is_the_host_or_else_the_platform(link: str, expected: str) -> None:
    assert domain(link, "medium") == expected


def test_what_lies_nowhere_is_local() -> None:
    assert domain("/home/ada/run.py") == "local"

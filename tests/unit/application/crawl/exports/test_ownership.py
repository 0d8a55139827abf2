import pytest

from llm_engineering.application.crawl.exports.ownership import names_one_person


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("ada LOVELACE", "Ada Lovelace, PhD"),
        ("Zoë Brontë-Smith", "Zoe Smith"),
        ("Ada Lovelace", "Lovelace Ada King"),
    ],
)
def test_one_person(first: str, second: str) -> None:
    assert names_one_person(first, second)
    assert names_one_person(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [("Ada Lovelace", "Charles Babbage"), ("Ada Lovelace", "Ada"), ("Ada Lovelace", "Ada Byron"), ("", "Ada Lovelace")],
)
def test_not_one_person(first: str, second: str) -> None:
    assert not names_one_person(first, second)
    assert not names_one_person(second, first)

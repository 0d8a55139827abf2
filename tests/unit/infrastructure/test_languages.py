"""The language of questions."""

import pytest

from llm_engineering.infrastructure.languages import QuestionLanguage


@pytest.fixture(scope="module")
def language_of() -> QuestionLanguage:
    return QuestionLanguage()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How are documents cut into chunks so that no text is lost?", "en"),
        ("Was ist ein Feature Store?", "de"),
        ("Qu'est-ce que le RAG ?", "fr"),
        ("特徴量ストアとは何ですか", "ja"),
        ("RAG", None),
        ("silk", None),
        ("merging models", None),
        ("", None),
    ],
)
def test_a_language_is_told_where_it_is_sure(language_of: QuestionLanguage, text: str, language: str | None) -> None:
    assert language_of(text) == language

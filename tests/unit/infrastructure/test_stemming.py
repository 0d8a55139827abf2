import pytest

from llm_engineering.infrastructure.stemming import stemmer


@pytest.mark.parametrize("words", [("running", "runs", "run"), ("layers", "layer"), ("erdős", "erdos")])
def test_forms_of_a_word_have_one_number(words: tuple[str, ...]) -> None:
    assert len({stemmer("english")(word) for word in words}) == 1


@pytest.mark.parametrize("word", ["the", "of", "and", "is"])
def test_stop_words_have_none(word: str) -> None:
    assert stemmer("english")(word) is None


def test_numbers_are_those_of_every_machine() -> None:
    assert [stemmer("english")(word) for word in ("run", "layer")] == [243905464, 345312046]


def test_another_language_has_other_stems() -> None:
    assert stemmer("german")("häuser") == stemmer("german")("haus")
    assert stemmer("english")("häuser") != stemmer("english")("haus")

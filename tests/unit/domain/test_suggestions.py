import pytest

from llm_engineering.domain.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("min_tokenz", " Did you mean 'min_tokens'?"),
        ("max_token", " Did you mean 'max_tokens'?"),
        ("links", ""),
        ("", ""),
    ],
)
def test_the_closest_word_is_suggested_if_one_is_close(given: str, expected: str) -> None:
    assert did_you_mean(given, ["min_tokens", "max_tokens"]) == expected


def test_nothing_is_suggested_of_nothing() -> None:
    assert did_you_mean("links", iter([])) == ""

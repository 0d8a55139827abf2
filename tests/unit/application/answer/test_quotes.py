"""The words of a passage that an answer rests on."""

import pytest

from llm_engineering.application.answer.quotes import quoted_range
from tests.support.fakes import word_encoder

PASSAGE = "The loom weaves. It was built in France. The engine counts numbers. The end."


@pytest.mark.parametrize(
    ("claims", "quote"),
    [
        (["the engine counts [1]"], "The engine counts numbers."),
        (["It was built in France. [1]"], "It was built in France."),
        (
            ["The loom weaves. [1]", "The engine counts numbers. [1]"],
            "The loom weaves. It was built in France. The engine counts numbers.",
        ),
        (["loom engine [1]"], "The loom weaves."),
        (["nothing alike [1]"], "The loom weaves."),
        ([], "The loom weaves."),
    ],
)
def test_the_best_words_are_found(claims: list[str], quote: str) -> None:
    start, end = quoted_range(PASSAGE, claims, word_encoder())

    assert PASSAGE[start:end] == quote

"""Broken and truncated answers."""

import pytest

from llm_engineering.application.datasets.gates.formats import TruncationGate, broken, same_answers
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import document, instruct, preference, sources


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ("", "Its answer has 0 words, needed is 1"),
        ("...", "Its answer has 0 words"),
        ("The l\ufffd\ufffdm weaves.", "2 broken characters, allowed are 0"),
        ("Itâ€™s a loom.", "1 broken characters"),
        ('{"answer": "The loom"}', "JSON instead of text"),
        ("What does a loom do?", "repeats its instruction"),
        ("the loom weaves silk and " * 6, 'It says "the loom weaves silk and" 6 times, 100% of its words'),
    ],
)
def test_a_broken_answer_is_found(answer: str, detail: str) -> None:
    refused = broken(instruct(answer))
    assert refused is not None
    assert refused.reason is RejectionReason.BAD_FORMAT
    assert detail in refused.detail


def test_a_sound_sample_passes() -> None:
    assert broken(instruct()) is None
    assert broken(preference()) is None


def test_answers_of_the_same_words_teach_nothing() -> None:
    refused = same_answers(preference("The loom weaves.", "the loom weaves"))
    assert refused is not None
    assert refused.reason is RejectionReason.SAME_ANSWERS
    assert same_answers(preference()) is None
    assert same_answers(instruct()) is None


SOURCE = document(
    text="The loom weaves patterns of silk, cotton and wool. It is old\nand loud."
    "\n\n## Cards\n\n- first card\n- second card"
    "\n\nVisit https://a.example.org now\n\nThe steps are:\n\n1. Weave"
)
GATE = TruncationGate(sources(SOURCE))


@pytest.mark.parametrize(
    "answer",
    [
        "The loom weaves patterns of silk, cotton and wool.",
        "The loom weaves patterns of silk, cotton and wool",  # its full stop is left out
        "It is old and loud.",
        "The list:\n- first card\n- second card",
        "Visit https://a.example.org now",
    ],
)
def test_an_answer_may_end_where_a_sentence_or_block_of_its_document_does(answer: str) -> None:
    assert GATE(instruct(answer, of=SOURCE)) is None


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ("The loom weaves patterns of silk", "where its document goes on"),
        ("The loom weaves patterns of silk,", "where its document goes on"),
        ("The loom weaves patterns of silk, cot", "where its document goes on"),
        ("The loom weaves patterns of silk. It is old", "where its document goes on"),
        ("The steps are:", "where its document goes on"),
        ("So:\n```python\nweave()", "inside a block of code"),
        ("A loom that nobody wrote about and", "in mid-sentence"),
        ("A loom that nobody wrote about...", "in mid-sentence"),
    ],
)
def test_an_answer_that_stops_is_truncated(answer: str, where: str) -> None:
    if where == "where its document goes on" and ". It is old" in answer:
        answer = "cotton and wool. It is old"
    refused = GATE(instruct(answer, of=SOURCE))
    assert refused is not None
    assert refused.reason is RejectionReason.TRUNCATED
    assert where in refused.detail


@pytest.mark.parametrize(
    "answer", ["Done.", "Really?", 'He said "yes."', "See https://a.example.org", "- silk", "終わり。"]
)
def test_without_a_document_the_end_has_to_look_like_one(answer: str) -> None:
    assert GATE(instruct(answer)) is None


@pytest.mark.parametrize("answer", ["The loom weaves", "Silk, cotton,", "The steps are:", "And then…"])
def test_without_a_document_other_ends_are_open(answer: str) -> None:
    assert GATE(instruct(answer)) is not None

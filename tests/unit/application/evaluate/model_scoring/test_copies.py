import re

from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.evaluate.model_scoring.copies import RUN_WORDS, CopiedSpan, CopiedText, CopyIndex

LOOM = "The loom weaves patterns of silk, and cards with holes tell it which threads to lift."
OWN = "I say that cards with holes tell it WHICH threads (to lift) when the moon is up."

texts = st.lists(st.sampled_from(["a", "b", "c"]), max_size=40).map(" ".join)


def naive(texts: list[str], answer: str) -> tuple[int, int, list[tuple[int, int]]]:
    """Return runs, copied runs, and the spans in words that cannot be made longer, by trying all of them."""
    sources = [text.split() for text in texts]
    words = answer.split()

    def stands(start: int, end: int) -> bool:
        length = end - start
        return any(
            source[place : place + length] == words[start:end]
            for source in sources
            for place in range(len(source) - length + 1)
        )

    runs = max(0, len(words) - RUN_WORDS + 1)
    copied = sum(stands(start, start + RUN_WORDS) for start in range(runs))
    spans = [
        (start, end)
        for start in range(len(words))
        for end in range(start + RUN_WORDS, len(words) + 1)
        if stands(start, end)
        and not (start > 0 and stands(start - 1, end))
        and not (end < len(words) and stands(start, end + 1))
    ]
    return runs, copied, spans


def spans_in_words(answer: str, found: CopiedText) -> list[tuple[int, int]]:
    starts = [each.start() for each in re.finditer(r"\S+", answer)]
    ends = [each.end() for each in re.finditer(r"\S+", answer)]
    return [(starts.index(span.start), ends.index(span.end) + 1) for span in found.spans]


@settings(deadline=None)
@given(st.lists(texts, max_size=4), texts)
def test_it_finds_what_trying_all_spans_finds(given_texts: list[str], answer: str) -> None:
    found = CopyIndex.of((str(number), text) for number, text in enumerate(given_texts)).copied(answer)

    runs, copied, spans = naive(given_texts, answer)
    assert (found.runs, found.copied_runs) == (runs, copied)
    assert spans_in_words(answer, found) == spans
    assert found.longest == max((end - start for start, end in spans), default=0)


def test_case_and_signs_do_not_count_and_the_place_is_told() -> None:
    found = CopyIndex.of([("Wool", "Wool is spun."), ("Looms", LOOM)]).copied(OWN)

    # 17 words are 10 runs; "cards with holes tell it which threads to lift" has nine words, which are two runs.
    assert (found.runs, found.copied_runs, found.copied_share) == (10, 2, 0.2)
    assert found.spans == (CopiedSpan(start=11, end=58, words=9, source="Looms"),)
    assert OWN[11:58] == "cards with holes tell it WHICH threads (to lift"


def test_seven_words_are_no_copy() -> None:
    assert CopyIndex.of([("Looms", LOOM)]).copied("cards with holes tell it which threads break").spans == ()


def test_a_copy_does_not_reach_from_one_text_into_the_next() -> None:
    index = CopyIndex.of([("one", "a b c d"), ("two", "e f g h")])

    assert index.copied("a b c d e f g h").copied_runs == 0


def test_short_answers_have_no_share_and_an_empty_index_no_copies() -> None:
    empty = CopyIndex.of([])

    assert empty.texts == 0
    assert empty.copied(LOOM).copied_share == 0
    assert empty.copied("Seven words are too few for it.").copied_share is None
    assert empty.copied("").longest == 0


def test_a_word_that_no_text_has_is_in_no_copy() -> None:
    text = "one two three four five six seven eight"

    assert CopyIndex.of([("it", text)]).copied(text.replace("four", "zebra") + " zebra zebra").copied_runs == 0

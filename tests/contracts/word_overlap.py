"""What every `WordOverlap` promises, as tests: a suite subclasses this and defines the fixture `overlap`."""

import pytest

from llm_engineering.application.evaluate.model_scoring.overlap import WordOverlap

ANSWER = "Silk is what a worm spins"


class WordOverlapContract:
    """Holds for every way to compare an answer with the expected one."""

    @pytest.fixture
    def overlap(self) -> WordOverlap:
        raise NotImplementedError

    def test_the_same_text_shares_all(self, overlap: WordOverlap) -> None:
        found = overlap.rouge(ANSWER, ANSWER.upper())

        assert (found.rouge_1, found.rouge_2, found.rouge_l) == (1, 1, 1)

    @pytest.mark.parametrize(("expected", "said"), [(ANSWER, ""), ("", ANSWER), ("", ""), (ANSWER, "\U0001f680")])
    def test_without_words_nothing_is_shared(self, overlap: WordOverlap, expected: str, said: str) -> None:
        assert overlap.rouge(expected, said).rouge_1 == 0

    def test_other_words_share_nothing(self, overlap: WordOverlap) -> None:
        assert overlap.rouge(ANSWER, "Nobody knows that").rouge_l == 0

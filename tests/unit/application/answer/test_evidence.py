"""Whether passages say enough. "the" and "of" are the stop words."""

import pytest

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.answer.configuration import Sufficiency
from llm_engineering.application.answer.evidence import EvidenceReport, evidence_report
from tests.support.documents import chunk
from tests.support.fakes import word_encoder

SUFFICIENCY = Sufficiency(min_similarity=0.3, sure_similarity=0.6, min_coverage=0.5)


def passage(text: str, similarity: float) -> FoundPassage:
    found = chunk(text, chunk_id=text)
    return FoundPassage(number=None, chunk=found, score=1, similarity=similarity, word_score=None)


@pytest.mark.parametrize(
    ("similarity", "text", "coverage", "is_enough"),
    [
        (0.3, "the loom weaves", 0.5, True),
        (0.29, "the loom weaves silk slowly", 0.75, False),  # not close
        (0.59, "the loom", 0.25, False),  # too few words
        (0.6, "the engine", 0.0, True),  # surely close
    ],
)
def test_closeness_and_words_decide(similarity: float, text: str, coverage: float, is_enough: bool) -> None:
    report = evidence_report("the loom weaves silk how", [passage(text, similarity)], word_encoder(), SUFFICIENCY)

    assert report == EvidenceReport(similarity=similarity, coverage=coverage, is_enough=is_enough)


def test_the_closest_passage_and_the_words_of_all_count() -> None:
    passages = [passage("loom", 0.2), passage("silk", 0.4)]

    assert evidence_report("loom silk", passages, word_encoder(), SUFFICIENCY) == EvidenceReport(
        similarity=0.4, coverage=1, is_enough=True
    )


def test_without_passages_there_is_no_evidence() -> None:
    assert evidence_report("loom", [], word_encoder(), SUFFICIENCY) == EvidenceReport(
        similarity=-1, coverage=0, is_enough=False
    )


def test_a_question_of_stop_words_is_decided_by_closeness() -> None:
    assert evidence_report("of the", [passage("loom", 0.3)], word_encoder(), SUFFICIENCY).is_enough

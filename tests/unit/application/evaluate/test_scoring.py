from math import log2

import pytest

from llm_engineering.application.evaluate.golden import Answer
from llm_engineering.application.evaluate.scoring import question_score, ranked_sections
from llm_engineering.domain.chunks import OtherPlace
from llm_engineering.domain.documents import Category
from tests.support.documents import chunk
from tests.support.golden import passages, place, question

SECTION = question(Answer(places=(place(100, 200), place(0, 50, "copy"))))
TWO_GRADES = question(Answer(places=(place(100, 200),)), Answer(places=(place(300, 400),), grade=1))


def test_the_answer_at_the_first_rank_is_worth_all() -> None:
    score = question_score(SECTION, passages(("doc", 100, 200), ("other", 0, 9)))

    assert (score.ndcg, score.recall, score.reciprocal_rank, score.first_rank) == (1, 1, 1, 1)


def test_lower_ranks_are_worth_less() -> None:
    score = question_score(SECTION, passages(("a", 0, 9), ("b", 0, 9), ("doc", 100, 200)))

    assert score.ndcg == pytest.approx(1 / log2(4))
    assert score.reciprocal_rank == pytest.approx(1 / 3)


def test_any_place_of_an_answer_will_do_and_counts_once() -> None:
    score = question_score(SECTION, passages(("copy", 0, 50), ("doc", 100, 200)))

    assert (score.ndcg, score.recall) == (1, 1)


def test_a_better_grade_first_is_better() -> None:
    right = question_score(TWO_GRADES, passages(("doc", 100, 200), ("doc", 300, 400)))
    reversed_ = question_score(TWO_GRADES, passages(("doc", 300, 400), ("doc", 100, 200)))

    assert right.ndcg == 1
    # Gains of 3 and 1 for the grades 2 and 1.
    assert reversed_.ndcg == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert reversed_.recall == 1


def test_beyond_the_tenth_section_only_the_rank_is_told() -> None:
    score = question_score(SECTION, passages(*((f"d{number}", 0, 9) for number in range(10)), ("doc", 100, 200)))

    assert (score.ndcg, score.recall, score.reciprocal_rank, score.first_rank) == (0, 0, 0, 11)


def test_what_is_not_found_scores_nothing() -> None:
    score = question_score(SECTION, passages(("doc", 0, 100)))

    assert (score.ndcg, score.recall, score.reciprocal_rank, score.first_rank) == (0, 0, 0, None)


def test_pieces_of_one_section_take_one_rank() -> None:
    found = passages(("other", 0, 9), ("other", 9, 18), ("doc", 100, 150), ("doc", 150, 200))

    names = ranked_sections(SECTION, [each.found.chunk for each in found])

    assert names == ["section other ", "answer 0"]


def test_a_passage_that_stands_for_the_answer_counts() -> None:
    asked = question(Answer(places=(place(100, 200, beginning="Silk is"),)))
    copy = OtherPlace(document_id="doc", link="", title="", category=Category.ARTICLES, platform="")
    indexed = chunk("Silk is soft.", chunk_id="1", document_id="elsewhere")

    assert ranked_sections(asked, [indexed.model_copy(update={"also_at": (copy,)})]) == ["answer 0"]
    assert ranked_sections(asked, [indexed]) == ["section elsewhere "]

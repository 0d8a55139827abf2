from datetime import UTC, datetime

import pytest

from llm_engineering.application.evaluate.accepted import AcceptedEvaluation
from llm_engineering.application.evaluate.evaluation import RetrievalEvaluation
from llm_engineering.application.evaluate.golden import Answer
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.domain.chunks import EmbeddingIdentity
from steps.evaluation.report import evaluation_html
from tests.support.golden import figures, place, question, score

MEASURED = figures([1.0, 0.5]).model_copy(update={"scores": (score("q0", 1.0), score("q1", 0.0, first_rank=12))})


def evaluation(before: AcceptedEvaluation | None = None) -> RetrievalEvaluation:
    answer = Answer(places=(place(0, 9, "weaving"),))
    return RetrievalEvaluation(
        measured=MEASURED,
        other_ways={"dense": MEASURED.overall},
        questions=(question(answer, text="What is silk?"), question(answer, text="What is <b>wool</b>?")),
        left_out={"changed": 3},
        location="data/vectors/twin_chunks",
        embedding=EmbeddingIdentity(model="letters", dimension=3, precision="float32"),
        retrieval=Retrieval(),
        before=before,
    )


@pytest.fixture
def accepted() -> AcceptedEvaluation:
    return AcceptedEvaluation.of(figures([1.0, 0.75]), "chunks", datetime(2026, 1, 2, tzinfo=UTC))


def test_the_page_shows_the_measures_and_a_plot_of_each_grouping() -> None:
    page = evaluation_html(evaluation())

    assert "nDCG@10<b>0.750</b>" in page
    assert "3 more of the set could not be asked" in page
    for title in ("by kind of question", "by way of searching", "by the rank of their first answer"):
        assert title in page
    assert page.count("<svg") == 3  # one author needs no plot of authors


def test_questions_without_an_answer_are_listed_with_their_source() -> None:
    page = evaluation_html(evaluation())

    assert "Without an answer among the first ten (1)" in page
    assert "What is &lt;b&gt;wool&lt;/b&gt;?" in page
    assert '<a href="https://ada.dev/weaving">' in page
    assert "What is silk?" not in page


def test_what_changed_since_it_was_accepted_is_shown(accepted: AcceptedEvaluation) -> None:
    page = evaluation_html(evaluation(accepted))

    assert "Since it was accepted (2026-01-02T00:00)" in page
    assert "2 questions in common: nDCG@10 0.875 then, 0.500 now; 1 are answered worse, 0 better." in page
    assert "Answered worse than then (1)" in page
    assert "-0.750" in page


def test_the_page_is_for_light_and_dark_screens() -> None:
    assert "color-scheme: light dark" in evaluation_html(evaluation())


def test_figures_are_flat_for_the_dashboard(accepted: AcceptedEvaluation) -> None:
    shown = evaluation(accepted).figures

    assert (shown["ndcg_at_10"], shown["questions"], shown["golden_version"]) == (0.75, 2, "v1")
    assert shown["per_kind"]["heading"]["ndcg_at_10"] == 0.75
    assert list(shown["ways"]) == ["dense", "as configured"]

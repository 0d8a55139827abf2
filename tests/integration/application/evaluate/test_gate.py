"""Accepted figures in a real document store."""

from datetime import UTC, datetime

import pytest

from llm_engineering.application.evaluate.accepted import last_accepted
from llm_engineering.application.evaluate.gate import GateDecision, GateRule, RetrievalWorseError, gate_verdict
from llm_engineering.application.evaluate.scoring import RetrievalFigures
from llm_engineering.application.ports import DocumentStore
from tests.support.golden import figures

pytestmark = pytest.mark.integration

GOOD, BAD, MUCH_THE_SAME = figures([0.9] * 30), figures([0.5] * 30), figures([0.9] * 29 + [0.89])


def judged(
    documents: DocumentStore, measured: RetrievalFigures, hour: int, *, accept: bool = False, name: str = "chunks"
) -> GateDecision:
    now = datetime(2026, 1, 2, hour, tzinfo=UTC)
    return gate_verdict(documents, measured, name, rule=GateRule(), accept=accept, now=now).decision


def test_the_first_evaluation_is_accepted_and_later_ones_are_compared_with_it(documents: DocumentStore) -> None:
    assert judged(documents, GOOD, 1) is GateDecision.FIRST
    assert judged(documents, GOOD, 2) is GateDecision.NOT_WORSE
    with pytest.raises(RetrievalWorseError) as caught:
        judged(documents, BAD, 3)
    assert caught.value.comparison.difference.mean == pytest.approx(-0.4)


def test_passing_does_not_lower_the_bar(documents: DocumentStore) -> None:
    judged(documents, GOOD, 1)
    judged(documents, MUCH_THE_SAME, 2)

    accepted = last_accepted(documents, "chunks")

    assert accepted is not None
    assert accepted.accepted_at == "2026-01-02T01:00:00+00:00"
    assert accepted.ndcg_by_question == GOOD.ndcg_by_question


def test_accepting_sets_what_later_ones_are_compared_with(documents: DocumentStore) -> None:
    judged(documents, GOOD, 1)

    assert judged(documents, BAD, 2, accept=True) is GateDecision.ACCEPTED
    assert judged(documents, BAD, 3) is GateDecision.NOT_WORSE


def test_each_collection_has_its_own(documents: DocumentStore) -> None:
    judged(documents, GOOD, 1)

    assert judged(documents, BAD, 2, name="others") is GateDecision.FIRST


def test_the_verdict_tells_what_it_follows_from(documents: DocumentStore) -> None:
    judged(documents, GOOD, 1)
    now = datetime(2026, 1, 3, tzinfo=UTC)

    shown = gate_verdict(documents, GOOD, "chunks", rule=GateRule(), accept=False, now=now).figures

    assert (shown["decision"], shown["common_questions"], shown["p_worse"]) == ("not_worse", 30, 1.0)
    assert shown["accepted"]["ndcg_at_10"] == 0.9

"""Online experiments from the first user to the verdict, with a real SQLite store."""

from datetime import timedelta

import numpy as np
import pytest

from llm_engineering.application.experiments.exposures import (
    EXPOSURES,
    OUTCOMES,
    ChangedExperimentError,
    UnknownExperimentError,
    record_exposure,
    record_outcome,
    started,
    stopped,
    stored_experiments,
)
from llm_engineering.application.experiments.online import OnlineExperiment, Status
from llm_engineering.application.experiments.standing import Standing, standing
from llm_engineering.application.experiments.variants import AnswerChanges
from llm_engineering.application.experiments.verdict import Decision
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.answers import Feedback
from tests.support.experiments import NOW

pytestmark = pytest.mark.integration

EXPERIMENT = OnlineExperiment(name="warmer", b=AnswerChanges(temperature=0.5), smallest_effect=0.3)


def feedback(user: str, *, is_helpful: bool, minute: int = 1) -> Feedback:
    return Feedback(trace_id="t", is_helpful=is_helpful, user=user, given_at=NOW + timedelta(minutes=minute))


def seen(store: DocumentStore, rates: dict[str, float], users: int) -> Standing:
    """Let users see their variant and say what they think, and return how that stands."""
    generator = np.random.default_rng(1)
    started(store, EXPERIMENT, NOW)
    for number in range(users):
        exposure = record_exposure(store, EXPERIMENT, f"user {number}", NOW)
        assert exposure is not None
        is_helpful = bool(generator.random() < rates[exposure.variant])
        record_outcome(store, "warmer", feedback(f"user {number}", is_helpful=is_helpful, minute=number))
    return standing(store, "warmer")


def test_a_clear_difference_is_found(documents: DocumentStore) -> None:
    found = seen(documents, {"A": 0.2, "B": 0.8}, 200)

    assert (found.decision, found.sentence, found.more_users) == (Decision.B, "B is better.", None)
    assert found.difference is not None
    assert 0 < found.difference.low < 0.6 < found.difference.high
    assert found.p < 0.05
    assert sum(found.exposed.values()) == sum(found.answered.values()) == 200
    assert not found.shares_are_wrong


def test_variants_that_do_not_differ_are_alike_in_the_end(documents: DocumentStore) -> None:
    assert seen(documents, {"A": 0.9, "B": 0.9}, 400).decision is Decision.ALIKE


def test_at_the_beginning_the_users_that_are_needed_are_told(documents: DocumentStore) -> None:
    found = seen(documents, {"A": 0.5, "B": 0.5}, 40)

    assert found.decision is Decision.NOT_ENOUGH
    assert found.more_users is not None
    assert 50 < found.more_users < 400
    assert found.sentence == f"Not enough data, about {found.more_users:,} more users with feedback needed."


def test_nobody_has_seen_anything(documents: DocumentStore) -> None:
    started(documents, EXPERIMENT, NOW)

    found = standing(documents, "warmer")

    assert (found.decision, found.difference, found.p, found.sentence) == (
        Decision.NOT_ENOUGH,
        None,
        1,
        "Not enough data.",
    )


def test_the_first_exposure_and_the_first_outcome_of_a_user_count(documents: DocumentStore) -> None:
    first = record_exposure(documents, EXPERIMENT, "ada", NOW)
    again = record_exposure(documents, EXPERIMENT, "ada", NOW + timedelta(days=1))
    liked = record_outcome(documents, "warmer", feedback("ada", is_helpful=True))
    disliked = record_outcome(documents, "warmer", feedback("ada", is_helpful=False, minute=9))

    assert first == again
    assert liked is not None
    assert liked == disliked
    assert (liked.value, documents.count(EXPOSURES, {}), documents.count(OUTCOMES, {})) == (1, 1, 1)


def test_what_is_said_without_having_seen_a_variant_does_not_count(documents: DocumentStore) -> None:
    record_exposure(documents, EXPERIMENT, "ada", NOW)

    assert record_outcome(documents, "warmer", feedback("bob", is_helpful=True)) is None
    assert record_outcome(documents, "warmer", feedback("ada", is_helpful=True, minute=-1)) is None


def test_who_does_not_take_part_is_not_written_down(documents: DocumentStore) -> None:
    few = EXPERIMENT.model_copy(update={"share_of_users": 1e-9})

    assert record_exposure(documents, few, "ada", NOW) is None
    assert documents.count(EXPOSURES, {}) == 0


def test_wrong_shares_of_the_variants_allow_no_verdict(documents: DocumentStore) -> None:
    started(documents, EXPERIMENT, NOW)
    in_a = [f"user {number}" for number in range(200) if EXPERIMENT.variant_of(f"user {number}") == "A"]
    for user in in_a[:60]:  # as if all users of B were lost
        record_exposure(documents, EXPERIMENT, user, NOW)

    found = standing(documents, "warmer")

    assert found.shares_are_wrong
    assert found.sentence.startswith("No verdict: the variants have other shares")


def test_a_running_experiment_may_only_take_more_users(documents: DocumentStore) -> None:
    half = EXPERIMENT.model_copy(update={"share_of_users": 0.5})
    started(documents, half, NOW)

    assert started(documents, EXPERIMENT, NOW + timedelta(days=1)).started_at == NOW
    with pytest.raises(ChangedExperimentError, match="another larger share_of_users"):
        started(documents, half, NOW)
    with pytest.raises(ChangedExperimentError, match="another share_b and alpha"):
        started(documents, EXPERIMENT.model_copy(update={"share_b": 0.1, "alpha": 0.1}), NOW)


def test_a_stopped_experiment_stays_stopped(documents: DocumentStore) -> None:
    started(documents, EXPERIMENT, NOW)
    started(documents, EXPERIMENT.model_copy(update={"name": "zz"}), NOW)

    once = stopped(documents, "warmer", NOW + timedelta(days=1))

    assert stopped(documents, "warmer", NOW + timedelta(days=2)) == once
    assert [(each.name, each.status) for each in stored_experiments(documents)] == [
        ("zz", Status.RUNNING),
        ("warmer", Status.STOPPED),
    ]
    with pytest.raises(ChangedExperimentError, match="it was stopped"):
        started(documents, EXPERIMENT, NOW)


def test_an_experiment_that_was_never_started_is_told_with_the_closest_one(documents: DocumentStore) -> None:
    started(documents, EXPERIMENT, NOW)

    with pytest.raises(UnknownExperimentError, match="Did you mean 'warmer'"):
        standing(documents, "warmr")

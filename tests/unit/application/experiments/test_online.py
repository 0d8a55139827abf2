import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from llm_engineering.application.experiments.online import MissingUserError, OnlineExperiment
from llm_engineering.application.experiments.variants import AnswerChanges

B = AnswerChanges(temperature=0.5)
USERS = [f"user-{number}" for number in range(20_000)]


def experiment(name: str = "warmer", **fields: float) -> OnlineExperiment:
    return OnlineExperiment(name=name, b=B, smallest_effect=0.05, **fields)


@given(st.text(min_size=1), st.floats(min_value=0.01, max_value=1))
def test_a_user_always_sees_the_same(user: str, share: float) -> None:
    one, again = experiment(share_of_users=share), experiment(share_of_users=share)

    assert one.variant_of(user) == again.variant_of(user)


@given(st.text(min_size=1), st.floats(min_value=0.01, max_value=0.98))
def test_raising_the_share_of_users_moves_nobody(user: str, share: float) -> None:
    before = experiment(share_of_users=share).variant_of(user)

    assert before is None or experiment(share_of_users=share + 0.02).variant_of(user) == before


@pytest.mark.parametrize("share_b", [0.5, 0.1])
@pytest.mark.parametrize("share_of_users", [1.0, 0.3])
def test_the_shares_are_as_set(share_b: float, share_of_users: float) -> None:
    seen = [experiment(share_b=share_b, share_of_users=share_of_users).variant_of(user) for user in USERS]

    taking_part = [variant for variant in seen if variant]
    assert stats.binomtest(len(taking_part), len(USERS), share_of_users).pvalue > 0.001
    assert stats.binomtest(taking_part.count("B"), len(taking_part), share_b).pvalue > 0.001


def test_users_who_share_a_variant_share_none_in_another_experiment() -> None:
    table = [[0, 0], [0, 0]]
    for user in USERS:
        table[experiment("one").variant_of(user) == "B"][experiment("two").variant_of(user) == "B"] += 1

    assert stats.chi2_contingency(table).pvalue > 0.001


def test_who_takes_part_does_not_depend_on_the_variant() -> None:
    part, whole = experiment(share_of_users=0.5), experiment()
    table = [[0, 0], [0, 0]]
    for user in USERS:
        table[part.variant_of(user) is not None][whole.variant_of(user) == "B"] += 1

    assert stats.chi2_contingency(table).pvalue > 0.001


def test_the_assignment_is_the_same_in_every_version() -> None:
    # A change of the hash would move users between variants in the middle of an experiment.
    assert "".join(experiment().variant_of(user) or "-" for user in USERS[:12]) == "BBBAAABBABAA"


def test_a_user_without_a_name_is_refused() -> None:
    with pytest.raises(MissingUserError, match="stable name"):
        experiment().variant_of("")

from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.datasets.splitting import document_sides, split_samples
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.samples import InstructSample, SampleProvenance, Split
from tests.support.datasets import CONTRACT, extract

IDS = st.dictionaries(st.text(max_size=8), st.sampled_from("abcdefgh"), max_size=30)


def alone(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def test_the_side_follows_from_the_hash_of_the_group() -> None:
    # SHA-256 of "a" begins with ca97..., of "b" with 3e23..., of "c" with 2e7d..., of "d" with 18ac...
    assert document_sides(alone("a", "b", "c", "d"), 0.2) == {
        "a": Split.TRAIN,
        "b": Split.TRAIN,
        "c": Split.TEST,
        "d": Split.TEST,
    }


def test_a_side_that_would_be_empty_gets_the_group_that_is_nearest_to_it() -> None:
    assert document_sides(alone("a", "b"), 0.1) == {"a": Split.TRAIN, "b": Split.TEST}
    assert document_sides(alone("b", "c"), 0.9) == {"b": Split.TRAIN, "c": Split.TEST}


def test_a_single_group_trains() -> None:
    assert document_sides({"a": "a", "b": "a"}, 0.1) == {"a": Split.TRAIN, "b": Split.TRAIN}


def test_no_test_side_is_no_mistake_if_it_is_wanted() -> None:
    assert set(document_sides(alone("a", "b", "c"), 0).values()) == {Split.TRAIN}
    assert document_sides({}, 0.1) == {}


@settings(deadline=None)
@given(IDS, st.floats(min_value=0.01, max_value=0.99))
def test_a_group_is_never_parted_and_two_groups_have_two_sides(groups: dict[str, str], share: float) -> None:
    sides = document_sides(groups, share)

    assert sides.keys() == groups.keys()
    for group in set(groups.values()):
        assert len({sides[each] for each in groups if groups[each] == group}) == 1
    assert len(set(sides.values())) == min(2, len(set(groups.values())))


def test_a_sample_has_the_side_of_its_document() -> None:
    one = extract("The mill reckons.", document_id="one")
    provenance = SampleProvenance(
        source=one.provenance,
        start=0,
        end=17,
        extract_hash=one.extract_hash,
        generator=ModelIdentity(provider="templates", name="t"),
        contract_hash=CONTRACT,
    )
    sample = InstructSample(id="1", instruction="What does it do?", answer="It reckons.", provenance=provenance)

    (split,) = split_samples([sample], {"one": Split.TEST})
    assert split == sample.model_copy(update={"split": Split.TEST})

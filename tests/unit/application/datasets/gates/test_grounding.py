"""How much of an answer its source supports. "the" and "of" are the stop words."""

import pytest

from llm_engineering.application.datasets.configuration import Grounding
from llm_engineering.application.datasets.gates.grounding import GroundingGate
from llm_engineering.domain.samples import RejectionReason
from tests.support.fakes import word_encoder
from tests.support.gated import ENGINE, document, instruct, made_of, sources

DOCUMENT = document()
SOURCES = sources(DOCUMENT, document("engine", ENGINE))


def gate(**changes: object) -> GroundingGate:
    return GroundingGate(SOURCES, Grounding.model_validate(changes), word_encoder())


@pytest.mark.parametrize(
    "answer",
    [
        "The loom weaves patterns of silk.",
        "Jacquard built it in 1804 for the mills of Lyon. The loom weaves patterns of silk.",
        "Cards with holes tell which threads to lift.",  # one word is left out
        "Yes.",  # claims nothing
    ],
)
@pytest.mark.parametrize("has_provenance", [True, False])
def test_what_the_author_wrote_is_grounded(answer: str, *, has_provenance: bool) -> None:
    assert gate()(instruct(answer, of=DOCUMENT if has_provenance else None)) is None


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ("Steam engines replaced horses everywhere.", "0% of the answer is supported by its source, needed are 80%"),
        ("The loom weaves patterns of silk. Steam drives it every day.", "55% of the answer"),
        ("Jacquard built it in 1805 for the mills of Lyon.", 'not supported: "Jacquard built it in 1805'),
        ("The loom never weaves patterns of silk.", "0% of the answer"),
        (
            "The loom weaves Gobelin patterns of silk.",
            "1 names of the answer are not in its source, allowed are 0: Gob",
        ),
        ("The engine computes tables of numbers.", "0% of the answer"),  # another document says so
    ],
)
def test_what_the_author_did_not_write_is_not_grounded(answer: str, detail: str) -> None:
    refused = gate()(instruct(answer, of=DOCUMENT))
    assert refused is not None
    assert refused.reason is RejectionReason.UNGROUNDED
    assert detail in refused.detail


def test_without_provenance_any_document_counts() -> None:
    assert gate()(instruct("The engine computes tables of numbers.")) is None


def test_numbers_and_names_of_the_question_are_not_new() -> None:
    answer = "The loom weaves Gobelin patterns of silk."
    assert gate()(instruct(answer, "Does a loom weave Gobelin patterns?", of=DOCUMENT)) is None


def test_thresholds_are_those_of_the_configuration() -> None:
    half = instruct("The loom weaves patterns of silk. Steam drives it every day.", of=DOCUMENT)
    named = instruct("The loom weaves Gobelin patterns of silk.", of=DOCUMENT)
    assert gate(min_share=0.5)(half) is None
    assert gate(max_new_names=1)(named) is None


def test_an_extract_that_is_not_there_any_more_grounds_nothing() -> None:
    changed = instruct(of=document(text="Another text."))
    stranger = instruct(of=document("stranger"))
    for sample, detail in ((changed, "the document has changed"), (stranger, "is not in the warehouse")):
        refused = gate()(sample)
        assert refused is not None
        assert detail in refused.detail


def test_the_rest_of_the_document_is_no_source() -> None:
    sample = instruct("A mill has 12 looms.").model_copy(
        update={"provenance": made_of(DOCUMENT, "The loom weaves patterns of silk.")}
    )
    refused = gate()(sample)
    assert refused is not None


def test_the_shares_of_what_was_looked_at_are_kept() -> None:
    looked = gate()
    looked(instruct("The loom weaves patterns of silk. Steam drives it every day.", of=DOCUMENT))
    # 6 of 11 words stand in the supported sentence; of 6 runs of six words the first one is the source's
    assert looked.supported == {"one": pytest.approx(6 / 11)}
    assert looked.run_shares == {"one": pytest.approx(1 / 6)}

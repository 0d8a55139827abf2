"""Whether chosen answers stand in their documents word for word."""

import pytest

from llm_engineering.application.datasets.gates.verbatim import VerbatimGate
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import document, instruct, preference, sources

DOCUMENT = document(text="The [loom](https://a.example.org/x) *weaves*\npatterns of silk. It is 200 years old.")


@pytest.mark.parametrize(
    "chosen",
    [
        "The [loom](https://a.example.org/x) *weaves*\npatterns of silk.",
        "the loom weaves patterns of silk",
        "patterns of silk. It is 200 years old.",
    ],
)
@pytest.mark.parametrize("has_provenance", [True, False])
def test_marks_case_and_layout_do_not_count(chosen: str, *, has_provenance: bool) -> None:
    gate = VerbatimGate(sources(DOCUMENT))
    assert gate(preference(chosen, of=DOCUMENT if has_provenance else None)) is None


@pytest.mark.parametrize(
    "chosen", ["The loom weaves silk.", "loom weaves pattern", "It is 200 years", "...", "silk loom"]
)
def test_other_words_or_parts_of_words_are_not_verbatim(chosen: str) -> None:
    refused = VerbatimGate(sources(document("other"), DOCUMENT))(preference(chosen, of=document("other")))
    assert refused is not None
    assert refused.reason is RejectionReason.NOT_VERBATIM
    assert "stands in 0 places of its document" in refused.detail


def test_instruct_samples_have_no_chosen_answer() -> None:
    assert VerbatimGate(sources(DOCUMENT))(instruct("Something else.")) is None

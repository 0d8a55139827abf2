"""Samples that repeat another one."""

from llm_engineering.application.datasets.configuration import Duplicates
from llm_engineering.application.datasets.gates.repeats import Repeats, torn_documents
from llm_engineering.domain.samples import RejectionReason, Sample, Split
from tests.support.gated import document, instruct

FIRST = instruct("The loom weaves patterns of silk and wool for the king.", "How do looms work?", name="first")
OTHERS = [instruct(f"Answer {word} {word}s.", f"Why {word}, {word}er?", name=word) for word in ("ink", "oak", "elm")]


def rejected(*samples: Sample, **sides: bool) -> list[tuple[str, RejectionReason]]:
    found = Repeats([*samples, *OTHERS], Duplicates()).rejected(**sides)
    return [(rejection.sample.id, rejection.reason) for rejection in found]


def test_the_later_of_two_equal_questions_goes() -> None:
    copy = instruct("Another answer altogether.", "how do LOOMS work", name="copy")
    assert rejected(FIRST, copy) == [("copy", RejectionReason.DUPLICATE)]


def test_nearly_equal_answers_are_near_duplicates() -> None:
    near = instruct("The loom weaves patterns of silk and wool for a king.", "Tell me of mills!", name="near")
    assert rejected(FIRST, near) == [("near", RejectionReason.NEAR_DUPLICATE)]


def test_across_the_split_the_test_side_goes_whatever_the_order() -> None:
    copy = FIRST.model_copy(update={"id": "copy", "split": Split.TEST})
    assert rejected(copy, FIRST) == [("copy", RejectionReason.LEAKED)]


def test_each_side_can_be_left_alone() -> None:
    leak = FIRST.model_copy(update={"id": "leak", "split": Split.TEST})
    copy = FIRST.model_copy(update={"id": "copy"})
    assert rejected(FIRST, copy, leak, within=False) == [("leak", RejectionReason.LEAKED)]
    assert rejected(FIRST, copy, leak, across=False) == [("copy", RejectionReason.DUPLICATE)]


def test_what_repeats_a_rejected_sample_only_is_kept() -> None:
    # The second question is near the first and the third near the second only.
    texts = ["alpha beta gamma delta", "alpha beta gamma delta epsilon", "beta gamma delta epsilon zeta"]
    chain = [instruct(f"Answer number {place} of many.", text, name=text) for place, text in enumerate(texts)]
    found = Repeats(chain, Duplicates(instruction_likeness=0.6, answer_likeness=1)).rejected()
    assert [rejection.sample.id for rejection in found] == [texts[1]]


def test_details_name_the_other_sample_and_the_figures() -> None:
    copy = instruct("Another answer altogether.", "how do LOOMS work", name="copy")
    (found,) = Repeats([FIRST, copy], Duplicates()).rejected()
    assert found.detail == 'Its instruction has the words of sample first: "How do looms work?".'


def test_a_document_may_not_be_on_both_sides() -> None:
    source, other = document(), document("other")
    train = instruct(of=source, name="train")
    test = instruct(of=source, name="test", split=Split.TEST)
    apart = instruct(of=other, name="apart", split=Split.TEST)
    (found,) = torn_documents([train, test, apart, instruct()])
    assert (found.sample.id, found.reason) == ("test", RejectionReason.LEAKED)
    assert "https://ada.example.org/loom" in found.detail

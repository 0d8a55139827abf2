from typing import Any

import pytest

from llm_engineering.application.evaluate.model_scoring.questions import (
    EvaluationMaterial,
    NoHeldOutTextsError,
    NothingHeldOutError,
    NothingToEvaluateError,
    QuestionOrigin,
    evaluation_material,
    held_out_documents,
)
from llm_engineering.application.experiments.questions import ComparedQuestion, ComparedQuestions
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.samples import InstructSample, PreferenceSample, SampleProvenance, Split
from tests.support.datasets import CONTRACT, document, source
from tests.support.scored import evaluating

GOLDEN = ComparedQuestions(
    items=(ComparedQuestion(id="g1", text="Who wove?"), ComparedQuestion(id="g2", text="Who spun?")),
    dropped=(Dropped(item="g3", reason="gone", detail="Its document is gone."),),
    source="golden set 1",
)


def provenance(document_id: str, **changes: Any) -> SampleProvenance:
    fields: dict[str, Any] = {
        "source": source(document_id),
        "start": 0,
        "end": 1,
        "extract_hash": "0",
        "generator": ModelIdentity(provider="templates", name="t"),
        "contract_hash": CONTRACT,
    }
    return SampleProvenance(**{**fields, **changes})


def sample(name: str, split: Split | None, document_id: str | None = None, **changes: Any) -> InstructSample:
    fields: dict[str, Any] = {
        "id": name,
        "instruction": f"What of {name}?",
        "answer": f"It is {name}.",
        "split": split,
        "provenance": None if document_id is None else provenance(document_id),
    }
    return InstructSample(**{**fields, **changes})


SAMPLES = (
    sample("silk", Split.TRAIN, "one"),
    sample("wool", Split.TEST, "two"),
    sample("flax", Split.TEST, "three"),
    sample("hemp", Split.TEST, "one"),
)


def material(*samples: InstructSample | PreferenceSample, **choices: Any) -> EvaluationMaterial:
    data = {"held_out": choices.pop("held_out", 9), "golden": choices.pop("golden", 0)}
    texts = {name: choices.pop(name) for name in ("golden_questions", "documents", "all_documents") if name in choices}
    return evaluation_material(
        evaluating(data=data, **choices),
        samples or SAMPLES,
        texts.get("golden_questions"),
        source="a test",
        held_out=texts.get("documents", ()),
        all_documents=texts.get("all_documents", ()),
    )


def test_held_out_samples_are_asked_and_those_of_the_training_side_searched_for_copies() -> None:
    found = material()

    assert [(each.id, each.text, each.reference) for each in found.items] == [
        ("wool", "What of wool?", "It is wool."),
        ("flax", "What of flax?", "It is flax."),
        ("hemp", "What of hemp?", "It is hemp."),
    ]
    assert [(each.name, each.text) for each in found.training] == [("Notes on engines", "It is silk.")]
    assert (found.author, found.contract_hash, found.source) == ("Ada Lovelace", CONTRACT, "data set a test")
    assert found.document_ids == ("one", "three", "two")


def test_golden_questions_come_after_the_samples_and_have_no_reference() -> None:
    found = material(held_out=1, golden=1, golden_questions=GOLDEN)

    assert [(each.id, each.origin, each.reference) for each in found.items] == [
        ("wool", QuestionOrigin.HELD_OUT, "It is wool."),
        ("g1", QuestionOrigin.GOLDEN, None),
    ]
    assert found.source == "data set a test and golden set 1"
    assert found.dropped_by_reason == {"gone": 1}


def test_the_good_answer_of_a_preference_is_expected_and_both_were_seen_in_training() -> None:
    fields = {"instruction": "Which?", "chosen": "This.", "rejected": "That."}
    sides = (PreferenceSample(id=split.value, split=split, **fields) for split in Split)

    found = material(*sides)

    assert [each.reference for each in found.items] == ["This."]
    assert [each.text for each in found.training] == ["This.", "That."]


@pytest.mark.parametrize("instruction", ["", " \n", "x" * 2001])
def test_what_cannot_be_asked_is_dropped_with_the_reason(instruction: str) -> None:
    found = material(sample("long", Split.TEST, instruction=instruction), sample("wool", Split.TEST))

    assert [each.id for each in found.items] == ["wool"]
    assert found.dropped_by_reason == {"instruction_length": 1}


def test_samples_of_several_authors_or_contracts_name_none() -> None:
    other = provenance("two", source=source("two", author_full_name="Bob Loud"), contract_hash="d" * 64)

    found = material(SAMPLES[0], sample("wool", Split.TEST, provenance=other))

    assert (found.author, found.contract_hash) == (None, None)
    assert material(SAMPLES[0], sample("wool", Split.TEST), author="Bob Loud").author == "Bob Loud"


def test_a_data_set_without_a_test_side_is_told() -> None:
    with pytest.raises(NothingHeldOutError, match="No sample of a test is held out: none of its 2 samples"):
        material(sample("silk", Split.TRAIN), sample("wool", None))


def test_without_a_question_there_is_nothing_to_evaluate() -> None:
    with pytest.raises(NothingToEvaluateError):
        material(sample("wool", Split.TEST, instruction=""))


def test_documents_of_the_test_side_alone_are_held_out() -> None:
    assert held_out_documents(SAMPLES) == ("three", "two")


def test_perplexity_is_measured_on_documents_up_to_a_length() -> None:
    found = material(
        documents=[document("a" * 150, "two"), document("b" * 90, "three"), document(" ", "four")],
        perplexity={"max_characters": 100, "max_texts": 5},
    )

    assert [each.text for each in found.held_out] == ["a" * 100, "b" * 90]


def test_perplexity_is_measured_on_answers_if_that_is_wanted() -> None:
    found = material(perplexity={"texts": "answers", "max_texts": 2})

    assert [each.text for each in found.held_out] == ["It is wool.", "It is flax."]


def test_without_a_text_perplexity_cannot_be_measured() -> None:
    with pytest.raises(NoHeldOutTextsError, match=r"Set perplexity\.texts to answers, or leave"):
        material(perplexity={})


def test_all_documents_may_count_as_training_texts() -> None:
    found = material(all_documents=[document("All of it.", "nine")])

    assert [each.text for each in found.training] == ["It is silk.", "All of it."]

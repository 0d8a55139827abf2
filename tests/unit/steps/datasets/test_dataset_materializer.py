import json
from importlib import import_module

import pytest
from pydantic import ValidationError

from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.samples import (
    FlaggedSample,
    GatedDataset,
    InstructSample,
    PreferenceSample,
    Rejection,
    RejectionReason,
    SampleKind,
    SampleProvenance,
    Split,
)
from steps.datasets.materializer import dataset_figures, dataset_json, dataset_lines, dataset_of
from tests.support.datasets import CONTRACT, extract


def provenance(document_id: str) -> SampleProvenance:
    one = extract("It weaves.", document_id=document_id)
    return SampleProvenance(
        source=one.provenance,
        start=0,
        end=10,
        extract_hash=one.extract_hash,
        generator=ModelIdentity(provider="templates", name="t"),
        parameters={"form": "{topic}", "seed": None},
        contract_hash=CONTRACT,
    )


def sample(name: str, split: Split, document_id: str) -> InstructSample:
    return InstructSample(
        id=name, instruction=f"What is {name}?", answer="„So“\nit is.", split=split, provenance=provenance(document_id)
    )


DATASET = GatedDataset(
    kind=SampleKind.INSTRUCT,
    train=(sample("a", Split.TRAIN, "one"), sample("b", Split.TRAIN, "two")),
    test=(sample("c", Split.TEST, "three"),),
    rejected=(
        Rejection(sample=sample("d", Split.TRAIN, "one"), reason=RejectionReason.DUPLICATE, detail="Like a."),
        Rejection(
            sample=PreferenceSample(id="e", instruction="Why?", chosen="So.", rejected="No."),
            reason=RejectionReason.TOO_SHORT,
            detail="1 word.",
        ),
    ),
    flagged=(FlaggedSample(sample_id="a", flag="profanity", detail="damn"),),
    figures={"supported_share_mean": 0.98765},
    contract_hash=CONTRACT,
)


def test_a_data_set_comes_back_as_it_was() -> None:
    assert dataset_of(iter(dataset_lines(DATASET))) == DATASET
    empty = GatedDataset(kind=SampleKind.PREFERENCE, train=(), test=())
    assert dataset_of(iter(dataset_lines(empty))) == empty


def test_each_sample_is_a_line_that_names_its_document() -> None:
    lines = list(dataset_lines(DATASET))

    assert [json.loads(line).get("in") for line in lines] == [
        None, "train", "train", "test", "rejected", "rejected", "flagged",
    ]  # fmt: skip
    assert '"document_id": "two"' in lines[2]


def test_lines_of_something_else_are_refused() -> None:
    with pytest.raises(ValidationError):
        dataset_of(iter(['{"kind": "other"}']))


def test_the_figures_count() -> None:
    assert dataset_figures(DATASET) == {
        "kind": "instruct",
        "samples": 5,
        "kept": 3,
        "yield": 0.6,
        "train": 2,
        "test": 1,
        "train_documents": 2,
        "test_documents": 1,
        "documents_on_both_sides": 0,
        "rejected": {"duplicate": 1, "too short": 1},
        "flagged": 1,
        "contract": CONTRACT,
        "supported_share_mean": 0.9877,
    }


def test_it_is_one_json_object_for_others() -> None:
    content = json.loads(dataset_json(DATASET))

    assert [each["id"] for each in content["test"]] == ["c"]
    assert content["figures"]["kept"] == 3


@pytest.mark.parametrize("name", ["gate_samples", "require_dataset"])
def test_each_step_keeps_its_data_set_with_it(name: str) -> None:
    step = getattr(import_module(f"steps.datasets.{name}"), name)

    (output,) = step.configuration.outputs.values()
    assert [source.attribute for source in output.materializer_source] == ["DatasetMaterializer"]

import re

import yaml

from llm_engineering.application.datasets.card import CardDetails, card_text
from llm_engineering.application.datasets.facts import dataset_facts
from llm_engineering.domain.samples import GatedDataset, RejectionReason, SampleKind
from tests.support.shared_samples import CONTRACT_HASH, instruct, instruct_dataset, preference_dataset


def card(dataset: GatedDataset, **details: str) -> str:
    return card_text(dataset, dataset_facts(dataset), CardDetails(**details))


def test_the_front_matter_is_what_the_hub_reads() -> None:
    text = card(instruct_dataset(), licence="cc-by-4.0", title="Ada: a twin")

    _, front, _ = text.split("---\n", 2)
    assert yaml.safe_load(front) == {
        "pretty_name": "Ada: a twin",
        "license": "cc-by-4.0",
        "language": ["en"],
        "task_categories": ["text-generation"],
        "tags": ["llm-twin", "instruct", "sft", "synthetic"],
        "size_categories": ["n<1K"],
        "source_datasets": ["original"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": "train", "path": "train.parquet"},
                    {"split": "test", "path": "test.parquet"},
                ],
            }
        ],
    }


def test_the_hub_s_own_library_reads_the_card() -> None:
    from huggingface_hub import DatasetCard

    data = DatasetCard(card(preference_dataset(), licence="mit")).data

    assert (data.get("license"), data.get("tags")) == ("mit", ["llm-twin", "preference", "dpo", "synthetic"])


def test_the_card_tells_what_became_of_every_sample() -> None:
    text = card(instruct_dataset())

    assert "Of 8 samples 4 passed the gates (50.0%)." in text
    assert "| duplicate | 2 |\n| mentions its extract | 1 |\n| secret | 1 |" in text
    assert "| Ada Lovelace | 2 | 1 | 3 |\n| Grace Hopper | 1 | 0 | 1 |" in text
    assert "| articles | 2 | 1 | 4 |\n| posts | 1 | 0 | 0 |" in text
    assert "No document is on both sides of the split." in text
    assert "Used, but noted: profanity 1." in text
    assert f"| Prompt contract | `{CONTRACT_HASH}` |" in text
    assert "| Written by | openai writer-1 (4) |" in text
    assert "| supported share mean | 0.9375 |" in text
    assert "ask the author before you do" in text


def test_no_word_of_a_rejected_sample_is_in_the_card() -> None:
    text = card(instruct_dataset())

    assert "hunter2" not in text
    assert "alert(1)" not in text


def test_earlier_rejections_count_too() -> None:
    facts = dataset_facts(instruct_dataset(rejected=()), {RejectionReason.SECRET: 6})

    assert (facts.before, facts.kept_share, facts.rejections) == (10, 0.4, {RejectionReason.SECRET: 6})


def test_texts_cannot_break_out_of_their_fences_or_tables() -> None:
    sample = instruct("a", "Why?\n````\n# Owned", "```` `````", author="A | B <b>")
    text = card(GatedDataset(kind=SampleKind.INSTRUCT, train=(sample,), test=()))

    assert "`````text\nWhy?\n````\n# Owned\n`````" in text
    assert "``````text\n```` `````\n``````" in text
    assert r"| A \| B \<b\> | 1 | 0 | 0 |" in text
    assert "path: test.parquet" not in text


def test_whoever_shares_it_can_describe_it() -> None:
    text = card(instruct_dataset(), title="Two", description="Made *by hand*.\n", repository="me/two")

    assert "# Two\n\nInstructions with answers, for supervised fine-tuning.\n\nMade *by hand*.\n\n## Use" in text
    assert 'load_dataset("me/two")' in text


def test_an_empty_set_has_a_card() -> None:
    text = card(GatedDataset(kind=SampleKind.INSTRUCT, train=(), test=()))

    assert "All of 0 samples passed the gates." in text
    assert "## Examples" not in text


def test_a_leak_is_told() -> None:
    dataset = instruct_dataset(test=(instruct("e1", "Else?", document="silk"),))

    assert "**1 documents are on both sides of the split.**" in card(dataset)


def test_a_set_without_provenance_says_so() -> None:
    text = card(GatedDataset(kind=SampleKind.INSTRUCT, train=(instruct("a", document=None),), test=()))

    assert "0 of 1" in text
    assert "| unknown | 1 | 0 | 0 |" in text
    assert "language" not in re.split("---\n", text)[1]
    assert "synthetic" not in text

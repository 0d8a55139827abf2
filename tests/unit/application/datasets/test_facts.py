import pytest

from llm_engineering.application.datasets.facts import (
    answer_lengths,
    answer_likeness,
    dataset_facts,
    instruction_lengths,
    nearest_in_training,
    spread_samples,
)
from llm_engineering.domain.samples import GatedDataset, SampleKind, Split
from tests.support.shared_samples import instruct, instruct_dataset, preference, preference_dataset


def test_counts_of_both_sides() -> None:
    facts = dataset_facts(instruct_dataset())

    assert (facts.before, facts.kept, facts.train, facts.test) == (8, 4, 3, 1)
    assert (facts.documents, facts.documents_on_both_sides, facts.with_provenance) == (4, 0, 4)
    assert facts.languages == ("en",)
    assert facts.prompts == {"instruct_samples v1 (ffffffffffff)": 4}
    assert (facts.authors["Ada Lovelace"].total, facts.authors["Ada Lovelace"].kept) == (6, 3)


def test_an_empty_set_has_figures() -> None:
    empty = GatedDataset(kind=SampleKind.INSTRUCT, train=(), test=())

    assert dataset_facts(empty).kept_share == 0
    assert nearest_in_training(empty) == answer_lengths(empty) == []


def test_samples_to_show_lie_evenly_apart() -> None:
    samples = [instruct(str(number)) for number in range(7)]

    assert [each.id for each in spread_samples(samples, 3)] == ["0", "2", "4"]
    assert [each.id for each in spread_samples(samples[:2], 3)] == ["0", "1"]
    assert list(spread_samples([], 3)) == []


def test_lengths_are_words() -> None:
    assert answer_lengths(instruct_dataset()) == [6, 3, 2, 5]
    assert instruction_lengths(instruct_dataset()) == [3, 4, 3, 4]
    assert answer_lengths(preference_dataset()) == [3, 3]


def test_the_likest_training_instruction_counts() -> None:
    dataset = GatedDataset(
        kind=SampleKind.INSTRUCT,
        train=(instruct("a", "How is wool spun?"), instruct("b", "What is silk?")),
        test=(
            instruct("c", "How is silk SPUN?", split=Split.TEST),  # 3 of how, is, wool, spun, silk
            instruct("d", "what is silk", split=Split.TEST),
            instruct("e", "Who weaves?", split=Split.TEST),
            instruct("f", "?", split=Split.TEST),
        ),
    )

    assert nearest_in_training(dataset) == pytest.approx([0.6, 1.0, 0.0, 0.0])


def test_answers_share_words() -> None:
    dataset = GatedDataset(
        kind=SampleKind.PREFERENCE,
        train=(preference("a", "Silk is spun.", "Silk is grown."), preference("b", "Yes.", "yes")),
        test=(),
    )

    assert answer_likeness(dataset) == [0.5, 1.0]
    assert answer_likeness(instruct_dataset()) == []

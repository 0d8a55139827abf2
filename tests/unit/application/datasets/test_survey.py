"""Figures of a set as it is given."""

from llm_engineering.application.datasets.survey import dataset_survey
from llm_engineering.domain.samples import Split
from tests.support.gated import document, instruct, preference, sources

RUN = "The loom weaves patterns of silk"  # six words of the document


def test_runs_duplicates_and_leaks_are_counted() -> None:
    samples = [
        instruct(f"Look: {RUN}!", "Why?", name="1"),
        instruct("The loom weaves patterns of wool.", "why", name="2"),  # five words in common, the same question
        instruct("Silk.", "How?", name="3", split=None),
        instruct("Silk.", "WHY?", name="4", split=Split.TEST),
        instruct("Silk.", "When?", name="5", split=Split.TEST),
    ]
    found = dataset_survey(samples, sources())
    assert (found.train.samples, found.train.answers_sharing_a_run, found.train.duplicate_instructions) == (3, 1, 1)
    assert (found.test.samples, found.test.answers_sharing_a_run, found.test.duplicate_instructions) == (2, 0, 0)
    assert found.test_instructions_in_train == 1
    assert found.documents_on_both_sides == 0
    assert found.verbatim_chosen is None


def test_verbatim_answers_and_torn_documents_are_counted() -> None:
    source = document()
    test = preference("Something else.", name="2", of=source).model_copy(update={"split": Split.TEST})
    found = dataset_survey([preference(f"{RUN}.", name="1", of=source), test], sources(source))
    assert found.verbatim_chosen == 1
    assert found.documents_on_both_sides == 1

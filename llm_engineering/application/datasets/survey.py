"""What a set of samples is like as it is given, before any gate: figures that can be counted by hand."""

from collections.abc import Sequence

from pydantic import Field

from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.texts import runs, words
from llm_engineering.application.datasets.gates.verbatim import VerbatimGate
from llm_engineering.application.datasets.gates.verdicts import good_answer
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import PreferenceSample, Sample, Split


class SideSurvey(FrozenModel):
    """One side of the split."""

    samples: int = Field(ge=0)
    answers_sharing_a_run: int = Field(ge=0)
    """Answers, of preference samples the chosen ones, that share any run of six words with any document."""
    duplicate_instructions: int = Field(ge=0)
    """Samples whose instruction has the words of an earlier one of their side, in the same order."""


class DatasetSurvey(FrozenModel):
    """A set of samples as it is given."""

    train: SideSurvey
    """Samples without a side count here."""
    test: SideSurvey
    test_instructions_in_train: int = Field(ge=0)
    """Test samples whose instruction has the words of one of the training side, in the same order."""
    documents_on_both_sides: int = Field(ge=0)
    verbatim_chosen: int | None = Field(ge=0)
    """Chosen answers that stand word for word in a document, of both sides; None of instruct samples."""


def dataset_survey(samples: Sequence[Sample], sources: Sources) -> DatasetSurvey:
    """Return what a set is like. Words are runs of letters, digits and underscores, without case."""
    train = [sample for sample in samples if sample.split is not Split.TEST]
    test = [sample for sample in samples if sample.split is Split.TEST]
    preferences = [sample for sample in samples if isinstance(sample, PreferenceSample)]
    verbatim = VerbatimGate(sources)
    trained = set(map(_instruction, train))
    return DatasetSurvey(
        train=_side(train, sources),
        test=_side(test, sources),
        test_instructions_in_train=sum(_instruction(sample) in trained for sample in test),
        documents_on_both_sides=len(_documents(train) & _documents(test)),
        verbatim_chosen=sum(map(verbatim.is_verbatim, preferences)) if preferences else None,
    )


def _side(samples: Sequence[Sample], sources: Sources) -> SideSurvey:
    return SideSurvey(
        samples=len(samples),
        answers_sharing_a_run=sum(not runs(words(good_answer(each))).isdisjoint(sources.runs) for each in samples),
        duplicate_instructions=len(samples) - len(set(map(_instruction, samples))),
    )


def _instruction(sample: Sample) -> tuple[str, ...]:
    return tuple(words(sample.instruction))


def _documents(samples: Sequence[Sample]) -> set[str]:
    return {sample.provenance.source.document_id for sample in samples if sample.provenance}

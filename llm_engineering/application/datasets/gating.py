"""What the gates leave of a set of samples."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.detectors import Detectors
from llm_engineering.application.ports import Embedder
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.samples import GatedDataset, Sample, Split

_NO_TEXTS: Mapping[str, Sequence[str]] = MappingProxyType({})


class NoSamplesError(InvalidInputError):
    """There is nothing to gate."""

    def __init__(self) -> None:
        super().__init__("A data set has no samples.", remedy="Look at what was generated or read before the gates.")


class MixedKindsError(InvalidInputError):
    """A set has both instruct and preference samples."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(
            f"A data set has to be of one kind, got samples of the kinds {', '.join(kinds)}.",
            remedy="Gate them as two sets.",
        )
        self.kinds = tuple(kinds)


class YieldTooLowError(TwinError):
    """The gates left too few samples of a set."""

    def __init__(self, dataset: GatedDataset, min_share: float, min_kept: int = 0) -> None:
        counts = ", ".join(f"{reason} {count}" for reason, count in dataset.rejections().items())
        needed = f"at least {min_share:.1%}" + (f" and {min_kept} samples" if min_kept else "")
        super().__init__(
            f"Of {dataset.total} samples {len(dataset.kept)} passed the gates ({dataset.kept_share:.1%}; needed are "
            f"{needed}). Rejected: {counts or 'none'}.",
            remedy="Look at the rejected samples: mend what makes them, or change the gates on purpose.",
        )
        self.dataset = dataset
        self.min_share = min_share
        self.min_kept = min_kept


def gated_dataset(
    samples: Sequence[Sample],
    documents: Sequence[CleanedDocument],
    gates: DatasetGates,
    detectors: Detectors,
    evaluation_texts: Mapping[str, Sequence[str]] = _NO_TEXTS,
    *,
    embedder: Embedder | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> GatedDataset:
    """Return which samples pass the gates, and for each other one why it does not.

    Args:
        samples: All of one kind. Their `split` is kept; those without one go to the training side.
        documents: What the samples are made of, cleaned; those without provenance are compared with all of them.
        gates: What is demanded.
        detectors: What looks for personal data, secrets and so on.
        evaluation_texts: Texts of evaluation sets, which no sample may hold, by the name of the set.
        embedder: Compares answers with their sources by meaning too; None: by words alone.
        on_progress: Told how many more samples went through the gates that look at one sample at a time.

    Raises:
        NoSamplesError: There are no samples.
        MixedKindsError: They are not of one kind.
    """
    if not samples:
        raise NoSamplesError
    kinds = sorted({sample.kind for sample in samples})
    if len(kinds) > 1:
        raise MixedKindsError(kinds)
    if on_progress:
        on_progress(len(samples))
    return GatedDataset(
        kind=samples[0].kind,
        train=tuple(sample for sample in samples if sample.split is not Split.TEST),
        test=tuple(sample for sample in samples if sample.split is Split.TEST),
    )


def require_yield(dataset: GatedDataset, min_share: float, min_kept: int = 0) -> GatedDataset:
    """Return the data set if enough of its samples are kept.

    Raises:
        YieldTooLowError: They are not.
    """
    if dataset.kept_share < min_share or len(dataset.kept) < min_kept:
        raise YieldTooLowError(dataset, min_share, min_kept)
    return dataset

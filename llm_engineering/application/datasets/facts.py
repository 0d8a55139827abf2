"""What is to be told of a data set: figures for its card and its page."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from llm_engineering.domain.documents import Provenance
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import GatedDataset, PreferenceSample, Rejection, RejectionReason, Sample

UNKNOWN: Final = "unknown"
_WORD: Final = re.compile(r"\w+")
_TESTS_AT_ONCE: Final = 256
_NOTHING: Final[Mapping[RejectionReason, int]] = MappingProxyType({})


class GroupCounts(FrozenModel):
    """How many samples of an author or a category there are."""

    train: int = 0
    test: int = 0
    rejected: int = 0

    @property
    def kept(self) -> int:
        """Samples that are used."""
        return self.train + self.test

    @property
    def total(self) -> int:
        """Samples before the gates."""
        return self.kept + self.rejected


class DatasetFacts(FrozenModel):
    """Figures of a data set; those that are shares are from 0 to 1."""

    before: int
    """Samples before the gates."""
    train: int
    test: int
    rejections: Mapping[RejectionReason, int]
    """Most first."""
    flags: Mapping[str, int]
    """Samples that are used though something is noted of them, by what it is."""
    authors: Mapping[str, GroupCounts]
    """By full name, those with most samples first; "unknown" where samples do not say."""
    categories: Mapping[str, GroupCounts]
    languages: tuple[str, ...]
    """ISO 639-1, of the documents; the most frequent first."""
    documents: int
    """That the samples which are used are made of."""
    documents_on_both_sides: int
    """Of the split; more than none is a leak."""
    with_provenance: int
    """Samples that say which document and characters they are made of."""
    generators: Mapping[str, int]
    """Samples by who wrote them: provider and name of the model, or "templates"."""
    prompts: Mapping[str, int]
    """Samples by name, version and hash of their prompt; "none" where no model was asked."""

    @property
    def kept(self) -> int:
        """Samples that are used."""
        return self.train + self.test

    @property
    def kept_share(self) -> float:
        """Share of the samples that is used; 0 if there were none."""
        return self.kept / self.before if self.before else 0.0


def dataset_facts(dataset: GatedDataset, earlier: Mapping[RejectionReason, int] = _NOTHING) -> DatasetFacts:
    """Return the figures of a data set.

    Args:
        dataset: What the gates left.
        earlier: Rejections of samples that the data set does not hold any more, by reason.
    """
    counts = Counter(earlier) + Counter(dataset.rejections())
    sides = {"train": dataset.train, "test": dataset.test}
    documents = {name: {each.document_id for each in _sources(samples)} for name, samples in sides.items()}
    languages = Counter(each.language for each in _sources(dataset.kept) if each.language)
    return DatasetFacts(
        before=len(dataset.kept) + sum(counts.values()),
        train=len(dataset.train),
        test=len(dataset.test),
        rejections=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        flags=_counted(each.flag for each in dataset.flagged),
        authors=_groups(dataset, lambda source: source.author_full_name),
        categories=_groups(dataset, lambda source: source.category.value),
        languages=tuple(_counted(languages.elements())),
        documents=len(documents["train"] | documents["test"]),
        documents_on_both_sides=len(documents["train"] & documents["test"]),
        with_provenance=sum(sample.provenance is not None for sample in dataset.kept),
        generators=_counted(map(_generator, dataset.kept)),
        prompts=_counted(map(_prompt, dataset.kept)),
    )


def words(text: str) -> list[str]:
    """Return the words of a text: runs of letters, digits and underscores, without case."""
    return _WORD.findall(text.casefold())


def spread_samples(samples: Sequence[Sample], count: int) -> Sequence[Sample]:
    """Return so many samples that lie evenly apart: neighbours are often made of the same document."""
    return samples[:: max(1, len(samples) // count)][:count]


def answer_lengths(dataset: GatedDataset) -> list[float]:
    """Return the words of each answer; of preference samples those of the chosen one."""
    return [float(len(words(sample.answers[0]))) for sample in dataset.kept]


def instruction_lengths(dataset: GatedDataset) -> list[float]:
    """Return the words of each instruction."""
    return [float(len(words(sample.instruction))) for sample in dataset.kept]


def nearest_in_training(dataset: GatedDataset) -> list[float]:
    """Return how like each test instruction is to the training instruction that is likest to it.

    That is the share of all their words that both have (Jaccard), 0 to 1; none if a side is empty.
    """
    if not dataset.train or not dataset.test:
        return []
    import numpy as np
    from scipy import sparse

    vocabulary: dict[str, int] = {}
    bags = [[_known(words(each.instruction), vocabulary) for each in side] for side in (dataset.train, dataset.test)]

    def matrix(side: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401 - scipy publishes no types
        starts = np.cumsum([0, *map(len, side)])
        indices = [word for bag in side for word in bag]
        return sparse.csr_matrix((np.ones(len(indices)), indices, starts), shape=(len(side), len(vocabulary) or 1))

    train, test = map(matrix, bags)
    sizes = np.array([len(bag) for bag in bags[0]])
    found: list[float] = []
    for start in range(0, len(bags[1]), _TESTS_AT_ONCE):
        some = bags[1][start : start + _TESTS_AT_ONCE]
        common = (test[start : start + _TESTS_AT_ONCE] @ train.T).toarray()
        either = np.maximum(np.array([[len(bag)] for bag in some]) + sizes - common, 1)
        found += (common / either).max(axis=1).tolist()
    return found


def _known(found: Iterable[str], vocabulary: dict[str, int]) -> list[int]:
    """Return the numbers of some words, each once; new ones are added to the vocabulary."""
    return sorted({vocabulary.setdefault(word, len(vocabulary)) for word in found})


def answer_likeness(dataset: GatedDataset) -> list[float]:
    """Return which share of their words the chosen and the rejected answer of each preference sample have in common."""
    return [
        _jaccard(set(words(sample.chosen)), set(words(sample.rejected)))
        for sample in dataset.kept
        if isinstance(sample, PreferenceSample)
    ]


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _groups(dataset: GatedDataset, name: Callable[[Provenance], str]) -> dict[str, GroupCounts]:
    """Return the samples of each group, those with most first."""

    def counted(samples: Iterable[Sample]) -> Counter[str]:
        return Counter(name(each.provenance.source) if each.provenance else UNKNOWN for each in samples)

    train, test = counted(dataset.train), counted(dataset.test)
    rejected = counted(_rejected_samples(dataset.rejected))
    every = train + test + rejected
    return {
        group: GroupCounts(train=train[group], test=test[group], rejected=rejected[group])
        for group, _ in sorted(every.items(), key=lambda item: (-item[1], item[0]))
    }


def _rejected_samples(rejected: Iterable[Rejection]) -> Iterable[Sample]:
    return (rejection.sample for rejection in rejected)


def _sources(samples: Iterable[Sample]) -> Iterable[Provenance]:
    return (sample.provenance.source for sample in samples if sample.provenance)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _generator(sample: Sample) -> str:
    if sample.provenance is None:
        return UNKNOWN
    made_by = sample.provenance.generator
    return made_by.provider if made_by.provider == made_by.name else f"{made_by.provider} {made_by.name}"


def _prompt(sample: Sample) -> str:
    if sample.provenance is None:
        return UNKNOWN
    prompt = sample.provenance.prompt
    return "none" if prompt is None else f"{prompt.name} {prompt.version} ({prompt.content_hash[:12]})"

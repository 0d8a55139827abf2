"""The split of a data set into what trains and what tests, document by document."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from llm_engineering.application.datasets.grouping import Groups
from llm_engineering.domain.samples import Sample, Split

_SCALE: Final = float(2**64)


def document_sides(groups: Groups, test_share: float) -> dict[str, Split]:
    """Return the side of each document by its id; all documents of a group are on one side.

    The side follows from the hash of the group's name, so it is the same in every run, on every machine, and stays as
    it is when documents are added. Only where that leaves a side empty, the group that lies nearest to it goes over:
    both sides have a document if there are two groups.

    Args:
        groups: The group of each document.
        test_share: Share of the groups, 0 to 1, that is for tests; 0 or 1 leave one side empty on purpose.
    """
    places = {group: _place(group) for group in set(groups.values())}
    for_test = {group for group, place in places.items() if place < test_share}
    if 0 < test_share < 1 and len(places) > 1:
        if not for_test:
            for_test = {min(places, key=places.__getitem__)}
        elif len(for_test) == len(places):
            for_test.remove(max(places, key=places.__getitem__))
    return {each: Split.TEST if group in for_test else Split.TRAIN for each, group in groups.items()}


def split_samples(samples: Sequence[Sample], sides: Mapping[str, Split]) -> tuple[Sample, ...]:
    """Return the samples with the side of their document, which their provenance names."""
    return tuple(
        sample.model_copy(update={"split": sides[sample.provenance.source.document_id]})
        for sample in samples
        if sample.provenance is not None
    )


def _place(group: str) -> float:
    """Return where a group lies between 0 and 1, evenly spread over all names."""
    return int.from_bytes(sha256(group.encode()).digest()[:8], "big") / _SCALE

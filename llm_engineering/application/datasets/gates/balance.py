"""Authors and categories that have more than their share of a set."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

from llm_engineering.application.datasets.configuration import Balance
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.samples import Rejection, RejectionReason, Sample

GroupOf = Callable[[Sample], str | None]


def unbalanced(samples: Sequence[Sample], balance: Balance) -> list[Rejection]:
    """Return the samples that are too many of their author or category.

    Which ones go does not depend on their order. A set of one author, or of one category, cannot be balanced and is
    left as it is; so are samples that do not say where they come from.
    """
    by_author = _surplus(samples, _author, balance.max_author_share, "author")
    gone = {rejection.sample.id for rejection in by_author}
    left = [sample for sample in samples if sample.id not in gone]
    return by_author + _surplus(left, _category, balance.max_category_share, "category")


def _author(sample: Sample) -> str | None:
    return sample.provenance.source.author_full_name if sample.provenance else None


def _category(sample: Sample) -> str | None:
    return str(sample.provenance.source.category) if sample.provenance else None


def _surplus(samples: Sequence[Sample], group_of: GroupOf, max_share: float, name: str) -> list[Rejection]:
    counts = Counter(group for sample in samples if (group := group_of(sample)) is not None)
    limit = largest_group(list(counts.values()), max_share)
    rejections = []
    for group, count in counts.items():
        if count > limit:
            own = sorted((sample for sample in samples if group_of(sample) == group), key=_lot)
            detail = (
                f"The {name} {group!r} has {count} of {sum(counts.values())} samples, allowed are {limit} "
                f"({max_share:.0%} of what is left)."
            )
            rejections += [
                Rejection(sample=sample, reason=RejectionReason.UNBALANCED, detail=detail) for sample in own[limit:]
            ]
    return rejections


def largest_group(counts: Sequence[int], max_share: float) -> int:
    """Return how many samples a group may keep so that none has more than a share of what all keep together.

    Where there are too few groups for the share, all keep as many as the smallest.
    """
    if not counts or len(counts) == 1 or max_share >= 1:
        return max(counts, default=0)
    for limit in range(max(counts), min(counts), -1):
        if limit <= math.floor(max_share * sum(min(count, limit) for count in counts) + 1e-9):
            return limit
    return min(counts)


def _lot(sample: Sample) -> str:
    return content_hash(sample.id)

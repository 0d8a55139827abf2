"""Summaries of several documents, and the documents without one."""

from collections.abc import Callable, Sequence

from llm_engineering.application.summarize.source_text import SourceText
from llm_engineering.application.summarize.summary import Summary
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.language_models import TokenUsage
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, counted


class Summaries(Batch[Summary]):
    """What became of some documents; one that could not be read or summarized is dropped with the reason."""

    @property
    def figures(self) -> Figures:
        """How many there are, how they were made and what they cost."""
        costs = [each.cost for each in self.items if each.cost is not None]
        usage = sum((each.usage for each in self.items), start=TokenUsage())
        return {
            "summaries": len(self.items),
            "dropped": self.dropped_by_reason,
            "kinds": counted(each.kind.value for each in self.items),
            "parts_failed": sum(len(each.failed) for each in self.items),
            "document_characters": sum(each.document_characters for each in self.items),
            "summary_characters": sum(len(each.text) for each in self.items),
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            **({"cost": sum(costs)} if costs else {}),
            "prompts": counted(
                f"{prompt.name} {prompt.version} ({prompt.content_hash[:12]})"
                for each in self.items
                for prompt in each.prompts
            ),
        }


class TooManyUnsummarizedError(TwinError):
    """A larger share of the documents has no summary than the configuration allows."""

    def __init__(self, summaries: Summaries, max_failed_share: float) -> None:
        failed = summaries.dropped
        named = "".join(f"\n  - {drop.item}: {drop.detail}" for drop in failed[:5])
        more = f"\n  - and {len(failed) - 5} more" if len(failed) > 5 else ""  # noqa: PLR2004 - as many as are named
        super().__init__(
            f"{len(failed)} of {len(failed) + len(summaries.items)} documents have no summary, more than the allowed "
            f"share of {max_failed_share:g}:{named}{more}",
            remedy="Correct the list, or raise max_failed_share.",
        )
        self.summaries = summaries


def summaries_of(
    targets: Sequence[str],
    read: Callable[[str], SourceText],
    summarize: Callable[[SourceText], Summary],
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Summaries:
    """Return the summaries of documents, in the order given; a failure costs one document.

    Args:
        targets: Links or paths.
        read: Returns the document at one.
        summarize: Returns its summary.
        on_progress: Called with 1 after each.
    """
    items: list[Summary] = []
    dropped: list[Dropped] = []
    for target in targets:
        try:
            items.append(summarize(read(target)))
        except TwinError as error:
            dropped.append(Dropped(item=target, reason=type(error).__name__, detail=str(error)))
        on_progress(1)
    return Summaries(items=tuple(items), dropped=tuple(dropped))


def enough_summaries(summaries: Summaries, max_failed_share: float) -> Summaries:
    """Return the summaries.

    Raises:
        TooManyUnsummarizedError: A larger share of the documents than this has none.
    """
    if len(summaries.dropped) > max_failed_share * (len(summaries.items) + len(summaries.dropped)):
        raise TooManyUnsummarizedError(summaries, max_failed_share)
    return summaries

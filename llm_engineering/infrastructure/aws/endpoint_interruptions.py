"""After a failure: what exists, and that running the command again finishes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_inventory import inventory


class UnfinishedError(TwinError):
    """A command ended before it was done: the cause, and what exists now.

    Args:
        cause: Why it ended.
        existing: What exists; None if AWS cannot be asked any more.
        done: What the command had done before, step by step.
    """

    def __init__(self, cause: TwinError, existing: Sequence[str] | None, done: Sequence[str]) -> None:
        super().__init__(f"{cause.problem}\n{_told(existing, done)}", remedy=cause.remedy)
        self.cause = cause
        self.existing = existing


@contextmanager
def told_state(calls: AwsCalls, name: str, done: Sequence[str]) -> Iterator[None]:
    """Add to an error what exists of an endpoint.

    Args:
        calls: How AWS is asked.
        name: Name of the endpoint.
        done: Grows while the command works: what it has done.

    Raises:
        UnfinishedError: Instead of each error of the project.
    """
    try:
        yield
    except TwinError as error:
        try:
            existing = inventory(calls, name).lines
        except TwinError:
            raise UnfinishedError(error, None, done) from error
        raise UnfinishedError(error, existing, done) from error


def _told(existing: Sequence[str] | None, done: Sequence[str]) -> str:
    if existing is None:
        steps = "".join(f"\n    {step}" for step in done) or " nothing"
        return (
            f"  What exists is not known, because AWS cannot be asked. Until then this command had done:{steps}\n"
            "  An endpoint that exists costs money; `poetry poe inference-endpoint-status` shows it."
        )
    if not existing:
        return "  Nothing exists of it in AWS."
    listed = "".join(f"\n    {line}" for line in existing)
    return f"  What exists now:{listed}"

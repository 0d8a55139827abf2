"""What is current follows from all that was pinned and rolled back."""

from datetime import UTC, datetime, timedelta

import pytest

from llm_engineering.application.prompts.pins import PinAction, PinEvent, pinned_versions

START = datetime(2026, 3, 1, tzinfo=UTC)


def events(*words: str) -> list[PinEvent]:
    """Return pins of versions; "<v1" rolls back to v1."""
    return [
        PinEvent(
            name="answer",
            action=PinAction.ROLLBACK if word.startswith("<") else PinAction.PIN,
            version=word.removeprefix("<"),
            happened_at=START + timedelta(minutes=minute),
        )
        for minute, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        ((), ()),
        (("v1",), ("v1",)),
        (("v1", "v2", "v3"), ("v1", "v2", "v3")),
        (("v1", "v1"), ("v1",)),
        (("v1", "v2", "<v1"), ("v1",)),
        (("v1", "v2", "v3", "<v2", "<v1"), ("v1",)),
        (("v1", "v2", "<v1", "v3"), ("v1", "v3")),
        (("v1", "v2", "v1"), ("v1", "v2", "v1")),
    ],
)
def test_versions_that_were_current(words: tuple[str, ...], versions: tuple[str, ...]) -> None:
    assert pinned_versions(events(*words)) == versions

"""Texts of two authors who write in different ways about the same."""

from typing import Final

SUBJECTS: Final = ("silk", "wool", "flax", "jute", "hemp", "felt")


def calm(subject: str) -> str:
    """Return a text of long, careful sentences."""
    return (
        f"It would seem that {subject}, which few of us have ever seen in its first form, is nevertheless known to "
        f"all, although perhaps only by its name; and yet, however often one may have held "
        f"{subject}{'x' * len(subject)}, there is something in it that has never been said by anyone before.\n\n"
    ) * 3 + f"Nothing further is known about {subject} here."


def loud(subject: str) -> str:
    """Return a text of short, loud sentences."""
    return (
        f"You want {subject}? Get it now! Don't wait! I've got {subject} for you! It's great! You'll see!\n\n"
        f"We're on it! What's next? More {subject}! Go!\n\n"
    ) * 6 + f"That's it for {subject}!"


def two_authors() -> dict[str, list[str]]:
    """Return six documents of each, no two of which share a paragraph."""
    return {
        "Ada Calm": [calm(subject) for subject in SUBJECTS],
        "Bob Loud": [loud(subject) for subject in SUBJECTS],
    }

"""Reads the archive of X, formerly Twitter ("Download an archive of your data"): its member's posts.

The files under data/ are JSON behind an assignment, `window.YTD.tweets.part0 = [...]`, which is cut off and never run.
The README.txt in each archive lists them. Read are tweets.js (tweet.js until 2022), its further parts,
community-tweet.js, note-tweet.js with the whole text of long posts, and account.js for the name of the account. Deleted
posts, messages, likes and lists of people are not opened; neither is article.js, whose layout X does not describe.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from llm_engineering.application.crawl.exports.archive import Archive, MemberError
from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.exports.pieces import Found, member_pattern
from llm_engineering.application.crawl.exports.tweets import Account, NoteTweet, Tweet, posts_of, with_long_texts
from llm_engineering.domain.outcomes import Dropped

_TWEETS: Final = member_pattern(r"data/(?:tweets?|community-tweet)(?:-part\d+)?\.js")
_NOTES: Final = member_pattern(r"data/note-tweet(?:-part\d+)?\.js")
_ACCOUNT: Final = member_pattern(r"data/account\.js")
PUBLISHED: Final = (_TWEETS, _NOTES, _ACCOUNT)
"""What is read."""
MARKS: Final = PUBLISHED
"""Names that only the archives of X have."""

_ASSIGNMENT: Final = re.compile(r"\ufeff?\s*window\.YTD\.\w+\.part\d+\s*=\s*")
EntryT = TypeVar("EntryT", bound=BaseModel)


def read(archive: Archive) -> Iterator[Found]:
    """Yield the member's own posts; its self-replies are joined to the post that they continue."""
    tweets: list[Tweet] = []
    notes: list[NoteTweet] = []
    for tweet in _entries(archive, _TWEETS, "tweet", Tweet):
        if isinstance(tweet, Dropped):
            yield tweet
        else:
            tweets.append(tweet)
    for note in _entries(archive, _NOTES, "noteTweet", NoteTweet):
        if isinstance(note, Dropped):
            yield note
        else:
            notes.append(note)
    whole, left_over = with_long_texts(tweets, notes)
    yield from posts_of(whole, _username(archive))
    for note in left_over:
        detail = "The long text belongs to no post of the archive; the post was probably deleted."
        yield dropped(f"data/note-tweet.js:{note.id[:30]}", ExportFault.NO_POST, detail)


def owner_of(_archive: Archive) -> None:
    """Return None: the archive has a display name only, which need not be a person's."""


def _username(archive: Archive) -> str | None:
    accounts = _entries(archive, _ACCOUNT, "account", Account)
    return next((account.username for account in accounts if isinstance(account, Account)), None)


def _entries(
    archive: Archive, pattern: re.Pattern[str], key: str, entry_type: type[EntryT]
) -> Iterator[EntryT | Dropped]:
    """Yield the entries of the lists in the members of a pattern; those that have another layout are dropped."""
    for name in archive.matching(pattern):
        try:
            entries = _assigned_list(name, archive.text(name))
        except MemberError as error:
            yield error.drop
            continue
        for number, entry in enumerate(entries):
            # Before 2020 an entry was the post itself, not an object that holds it.
            content = entry.get(key, entry) if isinstance(entry, dict) else entry
            try:
                yield entry_type.model_validate(content)
            except ValidationError as error:
                yield dropped(f"{name}:{number}", ExportFault.UNKNOWN_LAYOUT, f"The entry is not read: {error}"[:500])


def _assigned_list(name: str, script: str) -> list[Any]:
    """Return the list that a script assigns.

    Raises:
        MemberError: It assigns something else.
    """
    assignment = _ASSIGNMENT.match(script)
    try:
        value = json.loads(script[assignment.end() :].rstrip().removesuffix(";")) if assignment else None
    except (ValueError, RecursionError) as error:
        raise MemberError(name, ExportFault.DAMAGED_MEMBER, f"is no JSON: {error}") from error
    if not isinstance(value, list):
        raise MemberError(name, ExportFault.UNKNOWN_LAYOUT, "does not begin with the assignment of a list")
    return value

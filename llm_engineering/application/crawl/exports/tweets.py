"""Posts on X as its archives hold them, and how they become pieces of writing."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import unescape
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field

from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.exports.pieces import Found, Piece, published_address
from llm_engineering.domain.documents import Category

_RETWEET: Final = re.compile(r"RT @\w+:")
_LINK: Final = re.compile(r"https?://\S+")
_ANSWERED: Final = re.compile(r"^(?:@\w+\s+)+")
_LEFT_OUT: Final = {
    ExportFault.DUPLICATE: "The post is in the archive twice.",
    ExportFault.RETWEET: "The post passes on the words of somebody else.",
    ExportFault.NO_WORDS: "The post has media only.",
}
_SECONDS_APART: Final = 5
"""How far a long text may be dated from its post."""


def _parsed_time(text: object) -> object:
    """Return the time of a form like "Sat Feb 18 12:33:11 +0000 2023"; other values are left to pydantic."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y") if isinstance(text, str) and text[:1].isalpha() else text


class ShortLink(BaseModel):
    """A link as it stands in the text, and where it leads."""

    url: str
    expanded_url: str


class Media(BaseModel):
    """A picture or a video."""

    url: str
    """The link that stands for it in the text."""
    media_url_https: str
    """Address of the picture, of a video its first one."""


class Entities(BaseModel):
    """What stands for something else in the text."""

    urls: tuple[ShortLink, ...] = ()
    media: tuple[Media, ...] = ()


class Account(BaseModel):
    """The account of the member."""

    username: str = Field(pattern=r"\w{1,50}")


class Tweet(BaseModel):
    """One post. The API calls it so still (https://docs.x.com/x-api/fundamentals/data-dictionary)."""

    id_str: str = Field(pattern=r"^\d{1,20}$")
    """Grows with time."""
    created_at: Annotated[datetime, BeforeValidator(_parsed_time)]
    full_text: str
    """Ampersands and angle brackets are escaped as in HTML."""
    entities: Entities = Field(default_factory=Entities)
    extended_entities: Entities = Field(default_factory=Entities)
    """All media; `entities` has the first."""
    in_reply_to_status_id_str: str | None = None
    in_reply_to_screen_name: str | None = None

    @property
    def media(self) -> tuple[Media, ...]:
        """The pictures and videos."""
        return self.extended_entities.media or self.entities.media

    @property
    def is_retweet(self) -> bool:
        """Whether it is a post of somebody else; the field `retweeted` is false in every archive."""
        return _RETWEET.match(self.full_text) is not None

    @property
    def words(self) -> str:
        """The text as it is shown: links whole, those that stand for media left out."""
        text = unescape(self.full_text)
        for medium in self.media:
            text = text.replace(medium.url, "")
        for link in self.entities.urls:
            text = text.replace(link.url, link.expanded_url)
        return text.strip()


class _NoteLink(BaseModel):
    short_url: str = Field(alias="shortUrl")
    expanded_url: str = Field(alias="expandedUrl")


class _NoteCore(BaseModel):
    text: str
    urls: tuple[_NoteLink, ...] = ()


class NoteTweet(BaseModel):
    """The whole text of a long post; it does not name the post."""

    id: str = Field(alias="noteTweetId")
    created_at: datetime = Field(alias="createdAt")
    core: _NoteCore


class Lengthened(NamedTuple):
    """Posts with their whole texts."""

    tweets: list[Tweet]
    left_over: list[NoteTweet]
    """Long texts that belong to none of the posts."""


def with_long_texts(tweets: Iterable[Tweet], notes: Iterable[NoteTweet]) -> Lengthened:
    """Return the posts, those that were shortened with their whole text.

    A long text belongs to the post of the same time that begins with the same words.
    """
    by_second: dict[int, list[NoteTweet]] = defaultdict(list)
    for note in notes:
        by_second[int(note.created_at.timestamp())].append(note)
    whole = [_lengthened(tweet, by_second) for tweet in tweets]
    return Lengthened(whole, [note for left_over in by_second.values() for note in left_over])


def posts_of(tweets: Iterable[Tweet], username: str | None) -> Iterator[Found]:
    """Yield the posts, oldest first; a post and the member's replies to it and to these replies are one.

    Replies to other people are posts of their own and say what they reply to.

    Args:
        tweets: All posts of the archive in any order.
        username: Name of the account, which their addresses have in them; None if it is not known.
    """
    roots: dict[str, str] = {}
    threads: dict[str, list[Tweet]] = defaultdict(list)
    for tweet in sorted(tweets, key=lambda tweet: int(tweet.id_str)):
        fault = _fault(tweet, roots)
        roots.setdefault(tweet.id_str, roots.get(tweet.in_reply_to_status_id_str or "", tweet.id_str))
        if fault:
            yield dropped(_address(tweet.id_str, username), fault, _LEFT_OUT[fault])
        else:
            threads[roots[tweet.id_str]].append(tweet)
    for thread in threads.values():
        yield _post(thread, username)


def _fault(tweet: Tweet, seen: dict[str, str]) -> ExportFault | None:
    if tweet.id_str in seen:
        return ExportFault.DUPLICATE
    if tweet.is_retweet:
        return ExportFault.RETWEET
    if not tweet.words:
        return ExportFault.NO_WORDS
    return None


def _post(thread: Sequence[Tweet], username: str | None) -> Piece:
    first = thread[0]
    return Piece(
        place=f"tweets:{first.id_str}",
        category=Category.POSTS,
        text="\n\n".join(tweet.words for tweet in thread),
        address=_address(first.id_str, username),
        image=next((published_address(medium.media_url_https) for tweet in thread for medium in tweet.media), None),
        facts={
            "published_at": first.created_at.isoformat(),
            "in_reply_to": first.in_reply_to_status_id_str
            and _address(first.in_reply_to_status_id_str, first.in_reply_to_screen_name),
        },
    )


def _address(tweet_id: str, username: str | None) -> str:
    """Return the address of a post; X redirects from "i", which no account is named, to the right one."""
    return f"https://x.com/{username or 'i'}/status/{tweet_id}"


def _lengthened(tweet: Tweet, by_second: dict[int, list[NoteTweet]]) -> Tweet:
    """Return a post with its long text, which is taken out of the texts by their time; as it is if it has none."""
    second = int(tweet.created_at.timestamp())
    for near in range(second - _SECONDS_APART, second + _SECONDS_APART + 1):
        for note in by_second.get(near, ()):
            if _continues(note.core.text, tweet.full_text):
                by_second[near].remove(note)
                return _with_note(tweet, note)
    return tweet


def _continues(text: str, shortened: str) -> bool:
    beginning = _compared(shortened).rstrip("… ")
    return bool(beginning) and _compared(text).startswith(beginning)


def _compared(text: str) -> str:
    """Return the words up to the first link, whose short form differs, without the people who are answered."""
    words = _LINK.split(unescape(text), maxsplit=1)[0]
    return " ".join(_ANSWERED.sub("", words).split())


def _with_note(tweet: Tweet, note: NoteTweet) -> Tweet:
    links = tuple(ShortLink(url=link.short_url, expanded_url=link.expanded_url) for link in note.core.urls)
    entities = Entities(urls=tweet.entities.urls + links, media=tweet.entities.media)
    return tweet.model_copy(update={"full_text": note.core.text, "entities": entities})

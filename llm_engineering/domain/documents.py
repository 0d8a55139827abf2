"""Documents as they were collected and as they are after cleaning."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import ConfigDict, Field

from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.models import FrozenModel


class Category(StrEnum):
    """What kind of writing a document is."""

    ARTICLES = "articles"
    POSTS = "posts"
    REPOSITORIES = "repositories"


class Content(FrozenModel):
    """The words of a document. Further keys are kept as they are, so that an imported document loses none."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)

    title: str = Field(alias="Title")
    subtitle: str | None = Field(default=None, alias="Subtitle")
    text: str = Field(alias="Content")
    language: str | None = None
    """Natural language as ISO 639-1 ("en") of prose, lower-case name ("python") of code, or None if unknown."""
    stripped_characters: int | None = None
    """How many characters that no reader sees (hidden elements, zero-width characters) were left out; None: unknown."""


class RawDocument(FrozenModel):
    """One document as its source gave it. The natural key is author and link."""

    category: ClassVar[Category]

    id: str = Field(alias="_id")
    content: Content
    platform: str
    """Host name of the source, or a service's short name ("medium") in imported data."""
    author_id: str
    author_full_name: str
    link: str
    """Address that a reader can open; unique per author."""
    crawled_at: datetime | None = None
    """When this version was first seen (UTC); None if an import did not say."""
    source: str | None = None
    """The link, as configured, through which the document was found: a blog, a profile, an archive, or itself."""
    origin: str | None = None
    """Address of what was read to get it: the page itself, its repository, archive or folder."""
    owner: str | None = None
    """Who owns the text, as the configuration of its source says."""
    licence: str | None = None
    """Under which terms: as the configuration says, else as the source states, an SPDX identifier where it has one."""
    gone_at: datetime | None = None
    """When its disappearance from the source was confirmed (UTC); a tombstone, which indexes and data sets follow."""
    duplicate_of: str | None = None
    """Id of the document of the same author that says nearly the same and stands for this one."""

    @property
    def published_at(self) -> datetime | None:
        """When the author published it, as its source says (the key "published_at" of the content); None if unknown.

        A time without a zone counts as UTC, a day as its first moment.
        """
        stated = (self.content.model_extra or {}).get("published_at")
        try:
            moment = datetime.fromisoformat(stated) if isinstance(stated, str) else None
        except ValueError:  # imported data may say anything
            return None
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

    @property
    def is_live(self) -> bool:
        """Whether it counts among the author's documents: it is neither gone nor a duplicate."""
        return self.gone_at is None and self.duplicate_of is None

    @property
    def content_hash(self) -> str:
        """SHA-256 over title, subtitle and text: two versions with the same hash say the same."""
        return content_hash(self.content.title, self.content.subtitle, self.content.text)


class ArticleDocument(RawDocument):
    """An article of a blog, a magazine or a documentation site; its text is Markdown."""

    category: ClassVar[Category] = Category.ARTICLES


class PostDocument(RawDocument):
    """A short message on a social network."""

    category: ClassVar[Category] = Category.POSTS

    image: str | None = None
    """Address of the picture that goes with the message."""


class RepositoryDocument(RawDocument):
    """One text file of a git repository, as it stands at a commit, unaltered."""

    category: ClassVar[Category] = Category.REPOSITORIES

    name: str
    """Name of the repository."""
    repository: str
    """Address or local path of the repository."""
    path: str
    """Path of the file inside the repository, with forward slashes."""
    commit: str
    """Full hash of the commit at which this version of the file was first seen."""


DOCUMENT_TYPES: Final[dict[Category, type[RawDocument]]] = {
    Category.ARTICLES: ArticleDocument,
    Category.POSTS: PostDocument,
    Category.REPOSITORIES: RepositoryDocument,
}


def document_id(author_id: str, link: str) -> str:
    """Return the identifier of the document that an author has at a link."""
    return identifier("document", author_id, link)


class Provenance(FrozenModel):
    """Where a text comes from; documents, chunks and answers carry it to the end."""

    document_id: str
    content_hash: str
    """`RawDocument.content_hash` of the version that the text was taken from."""
    author_id: str
    author_full_name: str
    category: Category
    platform: str
    link: str
    title: str
    language: str | None
    published_at: datetime | None = None
    """`RawDocument.published_at`."""

    @classmethod
    def of(cls, document: RawDocument) -> "Provenance":
        """Return the provenance of a document's text."""
        return cls(
            document_id=document.id,
            content_hash=document.content_hash,
            author_id=document.author_id,
            author_full_name=document.author_full_name,
            category=document.category,
            platform=document.platform,
            link=document.link,
            title=document.content.title,
            language=document.content.language,
            published_at=document.published_at,
        )


class OmittedLines(FrozenModel):
    """Blank lines that cleaning left out at one place."""

    before: int = Field(ge=1)
    """The line of the cleaned text, counted from 1, that follows them."""
    count: int = Field(ge=1)


class CleanedDocument(FrozenModel):
    """A document whose text is free of noise; character spans of its chunks refer to this text."""

    provenance: Provenance
    text: str
    omitted_lines: tuple[OmittedLines, ...] = ()
    """Where blank lines of the source are left out, by ascending line."""

    def source_line(self, line: int) -> int:
        """Return which line of the source a line of the text is, both counted from 1."""
        return line + sum(omitted.count for omitted in self.omitted_lines if omitted.before <= line)

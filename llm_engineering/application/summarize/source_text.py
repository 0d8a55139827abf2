"""What is summarized."""

from llm_engineering.domain.chunks import Span
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel


class NothingToSummarizeError(InvalidInputError):
    """A document has no text."""

    def __init__(self, link: str) -> None:
        super().__init__(f"There is no text in {link}.", remedy="Name a document that has some.")
        self.link = link


class SourceText(FrozenModel):
    """A document that is to be summarized."""

    title: str
    link: str
    """Address or path that a reader can open."""
    text: str
    """As it was collected: Markdown, plain text or code."""
    language: str | None = None
    is_code: bool = False
    """Whether the text is cut at blank lines, because headings in it mean nothing."""

    @classmethod
    def of(cls, document: RawDocument) -> "SourceText":
        """Return what is summarized of a collected document."""
        language = document.content.language
        return cls(
            title=document.content.title,
            link=document.link,
            text=document.content.text,
            language=language,
            is_code=document.category is Category.REPOSITORIES and language not in {"markdown", "md"},
        )


class DocumentPart(FrozenModel):
    """A piece of a document that a model reads at once."""

    number: int
    """From 1, in the order of the text."""
    heading_path: tuple[str, ...]
    """Headings above its beginning, outermost first."""
    span: Span
    """Where it lies in the cleaned text."""
    text: str

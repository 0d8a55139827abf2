"""Documents and chunks with short literal contents."""

from llm_engineering.domain.chunks import Chunk, Span
from llm_engineering.domain.documents import (
    ArticleDocument,
    Category,
    CleanedDocument,
    Content,
    Provenance,
    RepositoryDocument,
)

ADA = "00000000-0000-5000-8000-00000000000a"
BOB = "00000000-0000-5000-8000-00000000000b"


def article(
    text: str, *, link: str = "https://ada.dev/one", title: str = "One", author_id: str = ADA
) -> ArticleDocument:
    return ArticleDocument(
        id=f"id of {link}",
        content=Content(title=title, text=text, language="en"),
        platform="ada.dev",
        author_id=author_id,
        author_full_name="Ada Lovelace",
        link=link,
    )


def source_file(text: str, *, path: str = "run.py", language: str = "python") -> RepositoryDocument:
    return RepositoryDocument(
        id=f"id of {path}",
        content=Content(title=f"ada/engine: {path}", text=text, language=language),
        platform="github.com",
        author_id=ADA,
        author_full_name="Ada Lovelace",
        link=f"https://github.com/ada/engine/blob/HEAD/{path}",
        name="engine",
        repository="https://github.com/ada/engine",
        path=path,
        commit="0123456789abcdef0123456789abcdef01234567",
    )


def cleaned(
    text: str, *, title: str = "", link: str = "https://ada.dev/one", author: str = "", code: bool = False
) -> CleanedDocument:
    document = source_file(text, path=link) if code else article(text, link=link)
    return CleanedDocument(
        provenance=Provenance.of(document).model_copy(update={"title": title, "author_full_name": author}), text=text
    )


def chunk(text: str, *, chunk_id: str, start: int = 0, document_id: str = "doc", author_id: str = ADA) -> Chunk:
    return Chunk(
        id=chunk_id,
        provenance=Provenance(
            document_id=document_id,
            content_hash="0" * 64,
            author_id=author_id,
            author_full_name="Ada Lovelace",
            category=Category.ARTICLES,
            platform="ada.dev",
            link=f"https://ada.dev/{document_id}",
            title="One",
            language="en",
        ),
        span=Span(start=start, end=start + len(text)),
        text=text,
        heading_path=(),
        context="",
        token_count=len(text.split()),
    )

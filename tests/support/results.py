"""One result of every type that a step of the pipelines hands on."""

from typing import Final

from zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact

from llm_engineering.application.crawl.duplicates import Duplicate, JoinReport
from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.application.crawl.verdict import CrawlVerdict
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.preprocess.chunking import Chunks
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.application.preprocess.query import RawDocuments
from llm_engineering.application.warehouse.authors import WrittenAuthor
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.documents import Content, PostDocument
from llm_engineering.domain.outcomes import Dropped
from steps.export.export_artifacts import ExportedFile, ExportedFiles
from tests.support.documents import ADA, article, chunk, cleaned, source_file

ALL_LINE_BREAKS: Final = "a\nb\rc\r\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l"
"""Every character at which `str.splitlines` cuts."""

UNREAD: Final = UnmaterializedArtifact.model_construct()  # type: ignore[call-arg]  # that is its point
"""An artifact that a step is given and does not read."""

USER: Final = WrittenAuthor(author=Author.from_full_name("Ada Lovelace"), is_new=True)
CRAWL_REPORT: Final = CrawlReport(
    outcomes=(
        LinkOutcome(
            link="https://ada.dev/one",
            domain="ada.dev",
            status=LinkStatus.STORED,
            inserted=1,
            dropped={"binary": 1},
        ),
        LinkOutcome(
            link="https://ada.dev/two",
            domain="ada.dev",
            status=LinkStatus.FAILED,
            reason=FailureReason.NOT_FOUND,
            detail="There is no such page. Correct the link.",
        ),
    ),
    duplicates=("https://ada.dev/one",),
    dropped=(Dropped(item="picture.png", reason="binary", detail="It is no text."),),
)
JOIN_REPORT: Final = JoinReport(
    documents=3,
    duplicates=(Duplicate(link="https://ada.dev/one?copy", duplicate_of="https://ada.dev/one", resemblance=0.95),),
    joined=1,
    released=0,
)
CRAWL_VERDICT: Final = CrawlVerdict(failed_share=0.5, max_failed_share=0.5)
RAW_DOCUMENTS: Final = RawDocuments(
    items=(
        article("Größe 山 👩‍💻"),
        PostDocument(
            id="3",
            content=Content.model_validate({"Title": "", "Content": ALL_LINE_BREAKS, "Likes": 3}),
            platform="linkedin",
            author_id=ADA,
            author_full_name="Ada Lovelace",
            link="https://linkedin.com/1",
            image="https://linkedin.com/1.png",
        ),
        source_file("print()\n"),
    ),
    author_ids=(ADA,),
)
CLEANED_DOCUMENTS: Final = CleanedDocuments(
    items=(cleaned("Text.", title="One"), cleaned("print()\n", code=True)),
    dropped=(Dropped(item="https://ada.dev/empty", reason="empty", detail="No text is left after cleaning."),),
    raw_characters=20,
)
NO_CLEANED_DOCUMENTS: Final = CleanedDocuments(items=(), raw_characters=0)
CHUNKS: Final = Chunks(
    items=(chunk("one two", chunk_id="1"), chunk("three", chunk_id="2", start=7)),
    documents=1,
    cleaned_characters=12,
    covered_characters=12,
    max_tokens=256,
)
INDEX_REPORT: Final = IndexReport(
    embedding=EmbeddingIdentity(model="letters", dimension=3, precision="float32"),
    location="data/vectors/twin_chunks",
    embedded=2,
    refreshed=1,
    unchanged=3,
    deleted=1,
    removed_documents=0,
    embedded_tokens=3,
    seconds=0.5,
)
EXPORTED_FILES: Final = ExportedFiles(
    files=(ExportedFile(artifact="chunks", version="1", path="data/artifacts/chunks.json", bytes=100),)
)

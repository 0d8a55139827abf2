"""What is forgotten leaves the documents, their versions and the index, and its words leave the files."""

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from llm_engineering.application.crawl.duplicates import joined_duplicates
from llm_engineering.application.datasets.reviews import reviews_of, written_reviews
from llm_engineering.application.experiments.given_answers import stored_answers, write_answer
from llm_engineering.application.feedback.writing import feedback_of, written_feedback
from llm_engineering.application.ports import (
    CRAWLED_LINKS,
    CRAWLS,
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FORGOTTEN,
    TRACE_DOCUMENTS,
    TRACE_HEADS,
    TRACE_PROMPTS,
    TRACES,
    USERS,
    DocumentStore,
    VectorStore,
)
from llm_engineering.application.tracing.stored import stored_traces
from llm_engineering.application.warehouse.documents import documents_of, write_author, write_documents
from llm_engineering.application.warehouse.forget_plans import HeldArtifact, UnknownTargetError, forget_plan
from llm_engineering.application.warehouse.forgetting import ForgetReport, NotForgottenError, forgotten, remember
from llm_engineering.application.warehouse.forgotten import Target, forgotten_targets
from llm_engineering.application.warehouse.versions import write_changed_documents
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedChunk
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.reviews import ReviewVerdict, SampleReview
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.documents import article, chunk, source_file
from tests.support.dying_store import DyingStore, KilledError
from tests.support.experiments import found as passage
from tests.support.experiments import given
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.traces import FIRST, SECOND, feedback, trace

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ADA, BOB = Author.from_full_name("Ada Lovelace"), Author.from_full_name("Bob Byron")
BLOG, MEDIUM, REPOSITORY = "https://ada.dev/", "https://medium.com/@ada", "https://github.com/ada/engine"


class ArtifactsInMemory:
    """Artifacts that are sets of ids; each that holds one went into a model of its name."""

    def __init__(self, **artifacts: set[str]) -> None:
        self.artifacts = artifacts

    def holding(self, ids: Collection[str]) -> Sequence[HeldArtifact]:
        held = [name for name, own in self.artifacts.items() if own & set(ids)]
        return [HeldArtifact(id=name, name=name, version="1", uri=f"/{name}") for name in held]

    def models_of(self, artifacts: Sequence[HeldArtifact]) -> Sequence[str]:
        return [f"model of {artifact.name}" for artifact in artifacts]

    def remove(self, artifact: HeldArtifact) -> None:
        self.artifacts.pop(artifact.id, None)


def found(document: RawDocument, source: str, author: Author = ADA) -> RawDocument:
    return document.model_copy(update={"author_id": author.id, "author_full_name": author.full_name, "source": source})


PAGES = {
    "blog": found(article("Plum of the blog.", link="https://ada.dev/plum"), BLOG),
    "sub": found(article("Pear of a subdomain.", link="https://notes.ada.dev/pear"), "https://notes.ada.dev/"),
    "guest": found(article("Fig of a guest.", link="https://magazine.org/fig"), BLOG),
    "code": found(source_file("print('kiwi')"), REPOSITORY),
    "bob": found(article("Lime of Bob.", link="https://ada.dev/lime"), "https://ada.dev/lime", BOB),
}


def chunk_of(document: RawDocument) -> EmbeddedChunk:
    piece = chunk(
        document.content.text,
        chunk_id=str(uuid5(NAMESPACE_URL, document.id)),
        document_id=document.id,
        author_id=document.author_id,
    )
    return EmbeddedChunk(piece, LetterEmbedder().embed_query(piece.text), word_encoder().document(piece.text))


@pytest.fixture(autouse=True)
def _kept(documents: DocumentStore, vectors: VectorStore) -> None:
    """Write everything: two versions of the first page, the index, and the state of each link."""
    write_author(documents, ADA)
    write_author(documents, BOB)
    before = PAGES["blog"].model_copy(update={"content": article("Apple of the blog.").content})
    write_changed_documents(documents, [before], now=NOW)
    write_changed_documents(documents, PAGES.values(), now=NOW)
    vectors.upsert([chunk_of(document) for document in PAGES.values()])
    states = [
        {"_id": page.link, "author_id": page.author_id, "address": page.link, "source": page.source}
        for page in PAGES.values()
    ]
    documents.upsert(CRAWLED_LINKS, states)
    documents.upsert(CRAWLS, [{"_id": "1", "author_id": ADA.id, "sources": "digest"}])


def forget(
    text: str, documents: DocumentStore, vectors: VectorStore, artifacts: ArtifactsInMemory | None = None
) -> ForgetReport:
    artifacts = artifacts or ArtifactsInMemory()
    plan = forget_plan(documents, vectors, artifacts, Target.parsed(text))
    return forgotten(documents, vectors, artifacts, plan, now=NOW)


def names_left(documents: DocumentStore) -> set[str]:
    stored = {document.id for author in (ADA, BOB) for document in documents_of(documents, author.id, Category)}
    return {name for name, document in PAGES.items() if document.id in stored}


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("https://ada.dev/plum", {"sub", "guest", "code", "bob"}),
        ("http://www.ada.dev/plum/?utm_source=feed", {"sub", "guest", "code", "bob"}),
        (BLOG, {"sub", "code", "bob"}),
        (REPOSITORY, {"blog", "sub", "guest", "bob"}),
        ("ada.dev", {"guest", "code"}),
        ("notes.ada.dev", {"blog", "guest", "code", "bob"}),
        ("Ada Lovelace", {"bob"}),
    ],
)
def test_what_a_target_covers_is_removed_everywhere(
    documents: DocumentStore, vectors: VectorStore, target: str, left: set[str]
) -> None:
    report = forget(target, documents, vectors)

    assert names_left(documents) == left
    indexed = vectors.document_ids(ADA.id) | vectors.document_ids(BOB.id)
    assert indexed == {PAGES[name].id for name in left}
    assert {state["_id"] for state in documents.find(CRAWLED_LINKS, {})} == {PAGES[name].link for name in left}
    assert documents.count(DOCUMENT_VERSIONS, {}) == ("blog" in left)
    assert report.documents == report.chunks == report.visited_links == 5 - len(left)


def test_an_author_goes_with_all_that_is_known_of_him(documents: DocumentStore, vectors: VectorStore) -> None:
    report = forget("Ada Lovelace", documents, vectors)

    assert [user["last_name"] for user in documents.find(USERS, {})] == ["Byron"]
    assert documents.count(CRAWLS, {}) == 0
    assert report.figures == {
        "documents": 4,
        "versions": 1,
        "chunks": 4,
        "visited_links": 4,
        "authors": 1,
        "traces": 0,
        "experiment_answers": 0,
        "reviews": 0,
        "artifacts": 0,
        "models": [],
    }


def test_chunks_of_an_author_go_that_no_document_has(documents: DocumentStore, vectors: VectorStore) -> None:
    documents.delete(DOCUMENTS[Category.ARTICLES], {"author_id": ADA.id})

    assert forget("Ada Lovelace", documents, vectors).chunks == 4
    assert vectors.count(ChunkFilter(author_id=ADA.id)) == 0


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("https://plum.dev/one", {SECOND}),
        ("plum.dev", {SECOND}),
        ("Ada Lovelace", set()),
    ],
)
def test_answers_that_quote_it_go_though_the_document_is_gone_already(
    documents: DocumentStore, vectors: VectorStore, target: str, left: set[str]
) -> None:
    stored_traces(documents, [trace(FIRST, document="plum"), trace(SECOND, document="pear")])
    written_feedback(documents, feedback(FIRST, comment="It says plum."))

    report = forget(target, documents, vectors)

    assert report.traces == 2 - len(left)
    for collection in (TRACES, TRACE_HEADS, TRACE_DOCUMENTS, TRACE_PROMPTS):
        assert {each["trace_id"] for each in documents.find(collection, {})} == left
    (kept,) = feedback_of(documents, FIRST)
    assert (kept.is_helpful, kept.comment) == (True, "")


def test_answers_of_experiments_with_its_words_are_counted_and_go(
    documents: DocumentStore, vectors: VectorStore
) -> None:
    for question, page in (("q1", "blog"), ("q2", "bob"), ("q3", "blog")):
        quoting = given("Plums.", passage("Plums.", PAGES[page].id))
        write_answer(documents, quoting, experiment="e", variant="v", question=question, now=NOW)
    target = Target.parsed(PAGES["blog"].link)

    assert forget_plan(documents, vectors, ArtifactsInMemory(), target).experiment_answers == 2
    assert forget(PAGES["blog"].link, documents, vectors).experiment_answers == 2
    assert list(stored_answers(documents, "e", "v")) == ["q2"]


def test_reviews_of_samples_that_are_made_of_it_are_counted_and_go(
    documents: DocumentStore, vectors: VectorStore
) -> None:
    for sample_id, page in (("s1", "blog"), ("s2", "bob")):
        said = SampleReview(
            sample_id=sample_id,
            text_hash="h",
            document_id=PAGES[page].id,
            reviewer="ada",
            reviewed_at=NOW,
            verdict=ReviewVerdict.CORRECTED,
            corrected={"answer": "Plums."},
        )
        written_reviews(documents, [said])
    target = Target.parsed(PAGES["blog"].link)

    assert forget_plan(documents, vectors, ArtifactsInMemory(), target).reviews == 1
    assert forget(PAGES["blog"].link, documents, vectors).reviews == 1
    assert [each.sample_id for each in reviews_of(documents, ["s1", "s2"])] == ["s2"]


def test_a_trace_that_was_half_deleted_is_found_again(documents: DocumentStore, vectors: VectorStore) -> None:
    stored_traces(documents, [trace(FIRST)])
    target = Target.parsed("plum.dev")
    plan = forget_plan(documents, vectors, ArtifactsInMemory(), target)
    # It writes the record, then takes the trace, then dies.
    with pytest.raises(KilledError):
        forgotten(DyingStore(documents, writes=3), vectors, ArtifactsInMemory(), plan, now=NOW)

    forget("plum.dev", documents, vectors)

    assert documents.count(TRACE_HEADS, {}) == documents.count(TRACE_DOCUMENTS, {}) == 0


def test_artifacts_with_the_text_go_and_models_are_named(documents: DocumentStore, vectors: VectorStore) -> None:
    artifacts = ArtifactsInMemory(raw={PAGES["blog"].id, PAGES["bob"].id}, other={PAGES["bob"].id})

    report = forget(PAGES["blog"].link, documents, vectors, artifacts)

    assert artifacts.artifacts == {"other": {PAGES["bob"].id}}
    assert [artifact.name for artifact in report.artifacts] == ["raw"]
    assert report.models == ("model of raw",)


def test_a_plan_changes_nothing(documents: DocumentStore, vectors: VectorStore) -> None:
    plan = forget_plan(documents, vectors, ArtifactsInMemory(), Target.parsed("ada.dev"))

    assert (len(plan.documents), plan.versions, plan.chunks, len(plan.visited_links)) == (3, 1, 3, 3)
    assert plan.links == ("https://ada.dev/lime", "https://ada.dev/plum", "https://notes.ada.dev/pear")
    assert names_left(documents) == PAGES.keys()
    assert documents.count(FORGOTTEN, {}) == 0


def test_the_next_crawl_is_told(documents: DocumentStore, vectors: VectorStore) -> None:
    forget("ada.dev", documents, vectors)
    assert forgotten_targets(documents).covers("https://ada.dev/new", "Ada Lovelace")

    remember(documents, Target.parsed("ada.dev"))
    assert not forgotten_targets(documents).covers("https://ada.dev/new", "Ada Lovelace")


def test_what_was_not_forgotten_cannot_be_remembered(documents: DocumentStore, vectors: VectorStore) -> None:
    forget("ada.dev", documents, vectors)

    with pytest.raises(NotForgottenError, match=r"'bob\.dev' is not forgotten\. Name what is: ada\.dev\."):
        remember(documents, Target.parsed("bob.dev"))


def test_forgetting_again_removes_nothing_more(documents: DocumentStore, vectors: VectorStore) -> None:
    forget("ada.dev", documents, vectors)

    assert forget("ada.dev", documents, vectors).documents == 0
    assert names_left(documents) == {"guest", "code"}


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("https://ada.dev/plums", "https://ada.dev/plum"),
        ("notes.ada.de", "notes.ada.dev"),
        ("Ada Lovelance", "Ada Lovelace"),
    ],
)
def test_an_unknown_target_is_told_with_what_is_near(
    documents: DocumentStore, vectors: VectorStore, text: str, near: str
) -> None:
    with pytest.raises(UnknownTargetError) as caught:
        forget_plan(documents, vectors, ArtifactsInMemory(), Target.parsed(text))

    assert caught.value.near[0] == near
    assert documents.count(FORGOTTEN, {}) == 0


def test_copies_elsewhere_are_named_and_stand_for_themselves(documents: DocumentStore, vectors: VectorStore) -> None:
    copy = found(article(PAGES["guest"].content.text, link="https://other.org/fig"), "https://other.org/fig")
    write_documents(documents, [copy])
    assert joined_duplicates(documents, ADA.id).duplicates[0].link == copy.link

    plan = forget_plan(documents, vectors, ArtifactsInMemory(), Target.parsed("magazine.org"))
    forgotten(documents, vectors, ArtifactsInMemory(), plan, now=NOW)

    assert plan.copies == (copy.link,)
    [stored] = [each for each in documents_of(documents, ADA.id, Category) if each.id == copy.id]
    assert stored.duplicate_of is None


# Record, versions, visited links, the crawls of the author, one write for each of three categories, the author.
@pytest.mark.parametrize("writes", range(8))
def test_a_run_that_died_is_completed_by_the_next(documents: DocumentStore, vectors: VectorStore, writes: int) -> None:
    target, artifacts = Target.parsed("Ada Lovelace"), ArtifactsInMemory(raw={PAGES["blog"].id})
    dying = DyingStore(documents, writes)
    with pytest.raises(KilledError):
        forgotten(dying, vectors, artifacts, forget_plan(dying, vectors, artifacts, target), now=NOW)

    forgotten(documents, vectors, artifacts, forget_plan(documents, vectors, artifacts, target), now=NOW)

    assert names_left(documents) == {"bob"}
    assert vectors.document_ids(ADA.id) == set()
    assert artifacts.artifacts == {}
    assert documents.count(USERS, {}) == documents.count(CRAWLED_LINKS, {}) == documents.count(FORGOTTEN, {}) == 1
    assert documents.count(DOCUMENT_VERSIONS, {}) == documents.count(CRAWLS, {}) == 0


def test_no_forgotten_word_is_left_in_the_files_of_the_document_store(
    documents: DocumentStore, vectors: VectorStore, tmp_path: Path
) -> None:
    long = found(article("plum " * 5_000, link="https://ada.dev/long"), BLOG)
    write_documents(documents, [long])
    forget(BLOG, documents, vectors)
    documents.close()

    files = {path.name: path.read_bytes() for path in tmp_path.glob("documents.sqlite3*")}
    assert list(files) == ["documents.sqlite3"]
    for word in (b"plum", b"Plum", b"Apple", b"Fig"):
        assert word not in files["documents.sqlite3"]
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as again:
        assert names_left(again) == {"sub", "code", "bob"}

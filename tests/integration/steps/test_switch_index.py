"""A changed fingerprint builds a second index beside the live one: the steps on real stores and the packaged model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.evaluate.excerpts import sections
from llm_engineering.application.evaluate.golden import Answer, GoldenQuestion, GoldenSet, QuestionKind
from llm_engineering.application.evaluate.golden_files import write_golden_set
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.switch_rule import Switching, SwitchRule
from llm_engineering.application.index.switching import SwitchReport, SwitchVerdict, rolled_back
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.preprocess.query import raw_documents
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.documents import Category
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
    opened_vector_store,
)
from llm_engineering.settings import Settings
from steps.feature_engineering.load_to_vector_db import load_to_vector_db
from steps.feature_engineering.switch_index import switch_index
from tests.support.documents import article
from tests.support.results import UNREAD

pytestmark = pytest.mark.integration

ADA, BOB = "Ada Lovelace", "Bob Byron"
TEXT = "# Engines\n\nEngines weave patterns.\n\n# Looms\n\nLooms weave flowers and leaves.\n"
COARSE, FINE = Chunking(min_tokens=40), Chunking(min_tokens=0)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    return Settings()


@pytest.fixture
def store(settings: Settings) -> Iterator[DocumentStore]:
    """A warehouse with a document of Ada and one of Bob."""
    with opened_document_store(settings) as opened:
        for name in (ADA, BOB):
            author = written_author(opened, name).author
            write_documents(opened, [article(TEXT, link=f"https://{author.id}.dev/one", author_id=author.id)])
        yield opened


def run(store: DocumentStore, chunking: Chunking, *names: str, switching: Switching | None = None) -> SwitchReport:
    """Run the two last steps of the feature pipeline."""
    authors = list(names or (ADA,))
    load_to_vector_db.entrypoint(UNREAD, authors, chunking)
    report: SwitchReport = switch_index.entrypoint(authors, chunking, switching or Switching())
    return report


def live_chunks(settings: Settings) -> int:
    with opened_vector_store(settings, embedder(settings).identity) as vectors:
        return vectors.count(ChunkFilter())


def write_questions(store: DocumentStore, settings: Settings) -> None:
    """Freeze two questions: each heading is answered by its section."""
    [document] = cleaned_documents(raw_documents(store, [ADA]).items).items
    items = [
        GoldenQuestion.of(QuestionKind.HEADING, text, ADA, Category.ARTICLES, (Answer(places=(section.place,)),))
        for text, section in zip(("weaving patterns", "flowers of looms"), sections(document), strict=True)
    ]
    write_golden_set(settings.data_folder / "golden", GoldenSet(items=tuple(items)))


def test_the_first_index_is_live_and_a_second_run_changes_nothing(store: DocumentStore, settings: Settings) -> None:
    first, second = run(store, COARSE), run(store, COARSE)

    assert (first.verdict, second.verdict) == (SwitchVerdict.FIRST, SwitchVerdict.UNCHANGED)
    assert first.live == second.live
    assert live_chunks(settings) == 1


def test_without_questions_the_file_decides(store: DocumentStore, settings: Settings) -> None:
    first = run(store, COARSE)

    second = run(store, FINE)

    assert (second.verdict, second.previous) == (SwitchVerdict.SWITCHED, first.live)
    assert second.reason.startswith("There are no golden questions yet.")
    assert [(change.part, change.new) for change in second.changes] == [("cutting", "version 1, 0 to 256 tokens")]
    assert live_chunks(settings) == 2


def test_both_are_asked_the_golden_questions(store: DocumentStore, settings: Settings) -> None:
    run(store, COARSE)
    write_questions(store, settings)

    report = run(store, FINE)

    # Either finds what answers first: one chunk holds both sections, or each section is a chunk.
    assert (report.verdict, report.live) == (SwitchVerdict.SWITCHED, report.new)
    assert [(row.measure, row.questions, row.live, row.new) for row in report.scores] == [
        ("nDCG@10", 2, 1.0, 1.0),
        ("recall@10", 2, 1.0, 1.0),
        ("MRR@10", 2, 1.0, 1.0),
    ]


def test_questions_about_what_changed_since_are_not_asked(store: DocumentStore, settings: Settings) -> None:
    run(store, COARSE)
    write_questions(store, settings)
    [document] = raw_documents(store, [ADA]).items
    write_documents(store, [article(f"{TEXT}\nMore.\n", link=document.link, author_id=document.author_id)])

    assert run(store, FINE).reason.startswith("There are no golden questions yet.")


def test_an_index_that_would_lose_an_author_waits_for_him(store: DocumentStore, settings: Settings) -> None:
    run(store, COARSE, ADA, BOB)

    alone = run(store, FINE, ADA, switching=Switching(switch=SwitchRule.ALWAYS))
    assert (alone.verdict, alone.live) == (SwitchVerdict.KEPT, alone.live)
    assert "has no documents of Bob Byron yet" in alone.reason
    assert live_chunks(settings) == 2

    assert run(store, FINE, BOB).verdict is SwitchVerdict.SWITCHED
    assert live_chunks(settings) == 4


def test_a_rollback_holds_and_a_switch_back_embeds_nothing(store: DocumentStore, settings: Settings) -> None:
    first = run(store, COARSE)
    run(store, FINE)
    with opened_catalog(settings) as catalog:
        rolled_back(catalog, datetime.now(UTC))

    kept = run(store, FINE)

    assert (kept.verdict, kept.live) == (SwitchVerdict.KEPT, first.live)
    again = load_to_vector_db.entrypoint(UNREAD, [ADA], COARSE)
    assert (again.embedded, again.figures["written_points"]) == (0, 0)


def test_a_collection_from_before_is_adopted_without_embedding(store: DocumentStore, settings: Settings) -> None:
    first = run(store, COARSE)
    vectors = settings.data_folder / "vectors"
    (vectors / first.live).rename(vectors / "twin_chunks")
    (vectors / "twin_chunks" / "index.json").unlink()
    (vectors / ".twin_chunks.live.json").unlink()

    report = load_to_vector_db.entrypoint(UNREAD, [ADA], COARSE)
    switch = switch_index.entrypoint([ADA], COARSE, Switching())

    assert (report.embedded, report.unchanged) == (0, 1)
    assert (switch.verdict, switch.live) == (SwitchVerdict.UNCHANGED, "twin_chunks")
    later = run(store, FINE)
    assert (later.verdict, later.previous) == (SwitchVerdict.SWITCHED, "twin_chunks")


def test_one_from_before_with_an_author_who_is_not_in_the_run_is_not_replaced(
    store: DocumentStore, settings: Settings
) -> None:
    first = run(store, COARSE, ADA, BOB)
    vectors = settings.data_folder / "vectors"
    (vectors / first.live).rename(vectors / "twin_chunks")
    (vectors / ".twin_chunks.live.json").unlink()

    assert "has no documents of Bob Byron yet" in run(store, FINE, ADA).reason


def test_what_is_known_of_a_deleted_index_goes_with_it(store: DocumentStore, settings: Settings) -> None:
    first = run(store, COARSE)
    second = run(store, FINE)
    third = run(store, Chunking(min_tokens=1))

    assert third.deleted == (first.live,)
    assert Manifest(store, first.live).author_ids() == set()
    assert Manifest(store, second.live).author_ids() != set()
    assert run(store, COARSE).verdict is SwitchVerdict.SWITCHED
    assert live_chunks(settings) == 1


def test_what_is_gone_leaves_a_live_index_that_is_not_replaced(store: DocumentStore, settings: Settings) -> None:
    run(store, COARSE)
    never = Switching(switch=SwitchRule.NEVER)
    assert run(store, FINE, switching=never).removed_from_live == 0
    [document] = raw_documents(store, [ADA]).items
    write_documents(store, [document.model_copy(update={"gone_at": datetime.now(UTC)})])

    report = run(store, FINE, switching=never)

    assert (report.verdict, report.removed_from_live) == (SwitchVerdict.KEPT, 1)
    assert live_chunks(settings) == 0


def test_a_new_index_is_built_while_somebody_reads_the_live_one(store: DocumentStore, settings: Settings) -> None:
    first = run(store, COARSE)

    with opened_collection(settings, first.live, embedder(settings).identity) as reader:
        assert run(store, FINE).verdict is SwitchVerdict.SWITCHED
        assert reader.count(ChunkFilter()) == 1

"""What is summarized is found in the store, in files and on a site of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_engineering.application.crawl.fetching import FetchError
from llm_engineering.application.crawl.file_faults import FileLeftOutError
from llm_engineering.application.crawl.links import InvalidLinkError
from llm_engineering.application.crawl.sources import CrawlRules
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.infrastructure.summary_sources import SeveralDocumentsError, source_text
from tests.support.documents import article
from tests.support.pdf import write_pdf
from tests.support.site import Reply, Site, running_site

pytestmark = pytest.mark.integration

RULES = CrawlRules(allowed_private_hosts=("127.0.0.1",))
PROSE = (
    "Bread needs four things and a good deal of patience, which most recipes forget to say at the start. ",
    "The dough rests for a night in a cool place, and the next morning it has twice the size that it had. ",
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def test_a_stored_document_is_taken_from_the_store(documents: DocumentStore) -> None:
    write_documents(documents, [article("# Bread\n\nFour things.", link="https://ada.dev/bread", title="Bread")])

    source = source_text("https://ada.dev/bread", documents, RULES)

    assert (source.title, source.link, source.text) == ("Bread", "https://ada.dev/bread", "# Bread\n\nFour things.")


def test_a_file_is_read(documents: DocumentStore, tmp_path: Path) -> None:
    path = tmp_path / "bread.md"
    path.write_text("---\ntitle: On bread\n---\n\nFour things.", encoding="utf-8")

    source = source_text(str(path), documents, RULES)

    assert (source.title, source.link, source.text) == ("On bread", path.as_uri(), "Four things.")


def test_a_file_may_be_named_as_a_shell_completes_it(
    documents: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bread.txt").write_text("Four things.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert source_text("bread.txt", documents, RULES).text == "Four things."


def test_a_pdf_is_converted(documents: DocumentStore, tmp_path: Path) -> None:
    write_pdf(tmp_path / "bread.pdf", "On bread", PROSE)

    source = source_text(str(tmp_path / "bread.pdf"), documents, RULES)

    assert source.title == "bread"
    assert "four things" in " ".join(source.text.split())


def test_a_page_on_the_web_is_read_and_not_stored(documents: DocumentStore, site: Site) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PROSE)
    url = site.on("/bread", Reply(f"<html><head><title>Bread</title></head><body>{body}</body></html>".encode()))

    source = source_text(url, documents, RULES)

    assert source.title == "Bread"
    assert "four things" in source.text
    assert source_text(url, documents, RULES).text == source.text


def test_a_pdf_on_the_web_is_converted(documents: DocumentStore, site: Site, tmp_path: Path) -> None:
    write_pdf(tmp_path / "bread.pdf", "On bread", PROSE)
    url = site.on("/papers/bread.pdf", Reply((tmp_path / "bread.pdf").read_bytes(), content_type="application/pdf"))

    source = source_text(url, documents, RULES)

    assert (source.title, source.link) == ("bread", url)
    assert "twice the size" in " ".join(source.text.split())


def test_a_private_address_is_not_asked_unless_it_is_allowed(documents: DocumentStore, site: Site) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        source_text(site.on("/secret", Reply(b"<p>secret</p>")), documents, CrawlRules())


def test_a_folder_of_several_files_is_refused(documents: DocumentStore, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("One.", encoding="utf-8")
    (tmp_path / "b.md").write_text("Two.", encoding="utf-8")

    with pytest.raises(SeveralDocumentsError, match=r"a\.md' and .*b\.md"):
        source_text(str(tmp_path), documents, RULES)


def test_a_file_that_is_no_document_is_refused(documents: DocumentStore, tmp_path: Path) -> None:
    (tmp_path / "noise.pdf").write_bytes(b"%PDF-1.4 and then nothing")

    with pytest.raises(FileLeftOutError, match=r"noise\.pdf"):
        source_text(str(tmp_path / "noise.pdf"), documents, RULES)


def test_what_is_neither_a_link_nor_a_file_is_refused(documents: DocumentStore) -> None:
    with pytest.raises(InvalidLinkError, match="bread"):
        source_text("bread", documents, RULES)

"""What people get wrong: each has a clear error, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.factory import opened_collection
from llm_engineering.settings import Settings
from tests.e2e.blog import Blog, served_blog
from tests.e2e.conftest import Twin, figures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ETL = ("tools.run", "--run-etl", "--etl-config-filename")
GOOD = "parameters:\n  author_full_name: Ada Lovelace\n  links: [https://ada.dev/notes]\n"


@pytest.fixture
def blog() -> Iterator[Blog]:
    with served_blog() as blog:
        yield blog


def test_an_unknown_key_is_refused_before_anything_is_made(twin: Twin) -> None:
    output = twin.run(*ETL, twin.config("bad.yaml", GOOD + "  max_failed_shar: 0\n"), exit_code=1)

    assert "unknown key 'parameters.max_failed_shar'. Did you mean 'max_failed_share'?" in output
    assert "Traceback" not in output
    assert not twin.data.exists()


def test_a_name_that_is_no_full_name_is_refused_before_anything_is_made(twin: Twin) -> None:
    output = twin.run(*ETL, twin.config("bad.yaml", GOOD.replace("Ada Lovelace", "ada_lovelace")), exit_code=1)

    assert "'ada_lovelace' is not a full name" in output
    assert not twin.data.exists()


def test_every_bad_link_fails_with_its_reason_and_the_good_one_is_stored(twin: Twin, blog: Blog) -> None:
    links = [
        *(f"{blog.address}/{page}" for page in ("0.html", "missing.html", "report.pdf", "empty.html", "huge.html")),
        "http://127.0.0.1:9/unreachable.html",
        f"{blog.address}/ada/no-repository.git",
        str(twin.folder / "no-folder"),
        str(twin.folder),
        "http://127.0.0.2:1/private.html",
    ]
    text = "".join(f"\n    - {link}" for link in links)
    path = twin.config(
        "bad.yaml",
        f"parameters:\n  author_full_name: Ada Lovelace\n  links:{text}\n"
        "  allowed_private_hosts: [127.0.0.1]\n  max_failed_share: 1\n",
    )

    report = figures(twin.run(*ETL, path), "crawl_report")

    assert report["links"] == "stored 1, failed 9"
    assert report["documents"] == "inserted 1"
    assert set(report["failed by reason"].split(", ")) == {
        "not_found 3",
        "not_html 1",
        "no_content 2",
        "too_large 1",
        "unreachable 1",
        "address_not_allowed 1",
    }


def test_too_many_failures_fail_the_run_after_storing_the_rest(twin: Twin, blog: Blog) -> None:
    path = twin.config(
        "bad.yaml",
        f"parameters:\n  author_full_name: Ada Lovelace\n  links: [{blog.address}/0.html, {blog.address}/gone.html]\n"
        "  allowed_private_hosts: [127.0.0.1]\n  max_failed_share: 0.4\n",
    )

    output = twin.run(*ETL, path, exit_code=1)

    assert "1 of 2 links failed, more than the allowed share of 0.4" in output
    assert "gone.html" in output
    assert figures(output, "crawl_report")["links"] == "stored 1, failed 1"
    export = twin.run("tools.data_warehouse", "--export-raw-data", "--data-dir", str(twin.folder / "export"))
    assert "articles" in export
    assert "Note 0" in (twin.folder / "export" / "ArticleDocument.json").read_text(encoding="utf-8")


def test_a_wrong_database_host_is_told_before_anything_starts(twin: Twin) -> None:
    twin.environment["DATABASE_HOST"] = "mongodb://ada:secret-word@127.0.0.1:9/"
    twin.environment["STORE_TIMEOUT_SECONDS"] = "1"

    output = twin.run(*ETL, twin.config("good.yaml", GOOD), exit_code=1)

    assert "127.0.0.1:9" in output
    assert "secret-word" not in output
    assert "Traceback" not in output


def test_a_live_index_of_another_model_is_not_asked(twin: Twin) -> None:
    older = EmbeddingIdentity(model="older-model", dimension=3, precision="float32")
    with opened_collection(Settings(data_folder=twin.data), "twin_chunks", older):
        pass

    output = twin.run("tools.rag", "--query", "anything", exit_code=1)

    assert "holds vectors of 'older-model' (3 dimensions, float32), but 'all-MiniLM-L6-v2'" in output
    assert "python -m tools.run --run-feature-engineering" in output
    assert "TEXT_EMBEDDING_MODEL_ID" in output
    assert "Traceback" not in output


def test_an_index_that_is_not_built_yet_says_how(twin: Twin) -> None:
    output = twin.run("tools.rag", "--query", "anything", exit_code=1)

    assert "There is no index 'twin_chunks'" in output
    assert "python -m tools.run --run-feature-engineering" in output
    assert "Traceback" not in output


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder that root cannot write")
def test_a_data_folder_that_cannot_be_written_is_told(twin: Twin) -> None:
    # Nobody may write there, not even root.
    twin.environment["DATA_FOLDER"] = "/proc/twin"

    output = twin.run(*ETL, twin.config("good.yaml", GOOD), exit_code=1)

    assert "/proc/twin" in output
    assert "DATA_FOLDER" in output
    assert "Traceback" not in output

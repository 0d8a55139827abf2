"""`--forget` on real stores and a real ZenML, with a pipeline that trains a model on what is forgotten."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

import pytest
from click.testing import CliRunner
from click.testing import Result as CommandResult
from loguru import logger
from zenml import ArtifactConfig, Model, pipeline, save_artifact, step
from zenml.client import Client
from zenml.enums import ArtifactType
from zenml.models import ArtifactVersionResponse

from llm_engineering.application.evaluate.golden import Answer
from llm_engineering.application.evaluate.golden_files import write_golden_set
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.application.preprocess.query import RawDocuments
from llm_engineering.application.warehouse.documents import write_author, write_documents
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.domain.documents import ArticleDocument
from llm_engineering.infrastructure.datasets.sqlite_replies import REPLIES_FILE, SqliteReplies
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
    term_encoder,
)
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from tests.contracts.reply_store import reply
from tests.support.documents import article, chunk, cleaned
from tests.support.golden import golden, place, question
from tools.data_warehouse import main
from tools.forgotten_artifacts import ZenmlArtifacts

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ADA = Author.from_full_name("Ada Lovelace")


def page(name: str) -> ArticleDocument:
    link = f"https://{name}.dev/one"
    document = article(f"All about the {name}.", link=link, author_id=ADA.id)
    return document.model_copy(update={"id": str(uuid5(NAMESPACE_URL, link))})


PLUM, PEAR = page("plum"), page("pear")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write an author with two indexed pages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "twin"))
    settings = Settings()
    with opened_document_store(settings) as store:
        write_author(store, ADA)
        write_documents(store, [PLUM, PEAR])
    with opened_collection(settings, settings.qdrant_collection, embedder(settings).identity) as vectors:
        vectors.upsert([embedded(PLUM), embedded(PEAR)])
    yield tmp_path / "twin"
    logger.remove()


def embedded(document: ArticleDocument) -> EmbeddedChunk:
    piece = chunk(
        document.content.text,
        chunk_id=str(uuid5(NAMESPACE_URL, document.id)),
        document_id=document.id,
        author_id=document.author_id,
    )
    return EmbeddedChunk(piece, embedder(Settings()).embed_query(piece.text), term_encoder().document(piece.text))


def saved(name: str, *documents: ArticleDocument) -> ArtifactVersionResponse:
    raw = RawDocuments(items=documents, author_ids=(ADA.id,))
    return save_artifact(raw, name=name, materializer=ResultMaterializer)


def command(*arguments: str, answer: str | None = None) -> CommandResult:
    return CliRunner().invoke(main, arguments, input=answer)


def squeezed(output: str) -> list[str]:
    return [" ".join(line.split()) for line in output.splitlines()]


def files_with(folder: Path, word: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in files if word.encode() in path.read_bytes())


@step(enable_cache=False, output_materializers=ResultMaterializer)
def made_data_set(name: str) -> Annotated[CleanedDocuments, "test_data_set"]:
    text = cleaned(f"All about the {name}.")
    document_id = (PLUM if name == "plum" else PEAR).id
    provenance = text.provenance.model_copy(update={"document_id": document_id})
    return CleanedDocuments(items=(text.model_copy(update={"provenance": provenance}),), raw_characters=20)


@step(enable_cache=False)
def tokenized(data: CleanedDocuments) -> Annotated[int, "test_tokens"]:
    return len(data.items)


@step(enable_cache=False)
def trained(tokens: int) -> Annotated[str, ArtifactConfig(name="test_weights", artifact_type=ArtifactType.MODEL)]:
    return f"weights of {tokens}"


@pipeline(enable_cache=False)
def training(name: str) -> None:
    trained(tokenized(made_data_set(name)))


def test_a_domain_leaves_documents_index_and_artifacts(data_folder: Path) -> None:
    plums, pears = saved("forget_plums", PLUM, PEAR), saved("forget_pears", PEAR)

    result = command("--forget", "plum.dev", "--yes")

    assert result.exit_code == 0, result.output
    lines = squeezed(result.output)
    assert lines[lines.index("Forgot the domain plum.dev") :] == [
        "Forgot the domain plum.dev",
        "what removed",
        "documents 1",
        "earlier versions 0",
        "chunks in the index 1",
        "visited links 0",
        "artifacts of pipelines 1",
        "authors 0",
        "traces of answers 0",
        "reviews of samples 0",
        "answers of experiments 0",
        "replies for data sets 0",
    ]
    assert files_with(data_folder, "All about the plum") == []
    assert files_with(data_folder, "All about the pear") != []
    assert not Path(plums.uri).exists()
    assert Path(pears.uri).exists()


def test_models_that_were_trained_on_it_are_named() -> None:
    training.with_options(model=Model(name="test_plum_model"))("plum")
    training.with_options(model=Model(name="test_pear_model"))("pear")

    result = command("--forget", "https://plum.dev/one", "--dry-run")

    assert result.exit_code == 0, result.output
    lines = squeezed(result.output)
    start = lines.index("Not touched: models that it went into; train them anew:")
    assert lines[start + 1 : start + 3] == ["test_plum_model 1", "test_weights 1"]
    assert "test_pear_model" not in result.output
    assert lines[-1] == "Nothing was removed: this was a dry run."


def test_no_is_no(data_folder: Path) -> None:
    result = command("--forget", "plum.dev", answer="n\n")

    assert result.exit_code == 1
    assert "Remove all of this, and never crawl it again? [y/N]: n" in result.output
    assert files_with(data_folder, "All about the plum") != []


def test_exports_and_other_collections_are_named_and_not_touched(data_folder: Path) -> None:
    command("--export-raw-data", "--data-dir", "backup")
    (data_folder / "vectors" / "older").mkdir()

    lines = squeezed(command("--forget", "Ada Lovelace", "--yes", "--data-dir", "backup").output)

    start = lines.index("Not touched: exported files that hold it; delete them yourself:")
    assert lines[start + 1 : start + 3] == ["backup/ArticleDocument.json", "backup/UserDocument.json"]
    assert str(data_folder / "vectors" / "older") in lines
    assert Path("backup/ArticleDocument.json").exists()


def test_it_leaves_every_collection_of_the_index(data_folder: Path) -> None:
    settings, identity = Settings(), embedder(Settings()).identity
    newer = f"{settings.qdrant_collection}-{'a' * 12}"
    with opened_collection(settings, newer, identity) as vectors:
        vectors.upsert([embedded(PLUM), embedded(PEAR)])
    with opened_catalog(settings) as catalog:
        catalog.switch(newer)

    lines = squeezed(command("--forget", "plum.dev", "--yes").output)

    assert "chunks in the index 2" in lines
    assert files_with(data_folder, "All about the plum") == []
    assert str(data_folder / "vectors" / newer) not in lines
    with opened_collection(settings, settings.qdrant_collection, identity) as old:
        assert old.document_ids(ADA.id) == {PEAR.id}


def test_golden_questions_on_it_are_deleted(data_folder: Path) -> None:
    folder = data_folder / "golden"
    on_plum, on_pear = (
        write_golden_set(folder, golden(question(Answer(places=(place(0, 9, each.id),))))) for each in (PLUM, PEAR)
    )

    result = command("--forget", "plum.dev", "--yes")

    assert result.exit_code == 0, result.output
    assert not on_plum.exists()
    assert on_pear.exists()


def test_replies_about_it_are_deleted(data_folder: Path) -> None:
    async def kept(*keys: str) -> set[str]:
        replies = SqliteReplies(data_folder / REPLIES_FILE, timeout_seconds=5)
        for key, document in (("a", PLUM), ("b", PEAR)):
            if not keys:
                await replies.keep(reply(key, f"All about the {key}", document.id))
        found = await replies.replies(keys)
        await replies.close()
        return set(found)

    asyncio.run(kept())
    lines = squeezed(command("--forget", "plum.dev", "--yes").output)

    assert "replies for data sets 1" in lines
    assert asyncio.run(kept("a", "b")) == {"b"}


def test_an_author_is_forgotten_before_there_is_an_index(data_folder: Path) -> None:
    rmtree(data_folder / "vectors")

    assert "documents 2" in squeezed(command("--forget", "Ada Lovelace", "--yes").output)


def test_an_import_does_not_bring_it_back() -> None:
    command("--export-raw-data", "--data-dir", "backup")
    command("--forget", "plum.dev", "--yes")

    output = command("--import-raw-data", "--data-dir", "backup").output

    assert squeezed(output)[-1] == "Left out as forgotten: 1 (--remember takes that back)"


def test_a_held_index_is_told_before_anything_is_removed(data_folder: Path) -> None:
    settings = Settings()
    with opened_collection(settings, settings.qdrant_collection, embedder(settings).identity):
        result = command("--forget", "plum.dev", "--yes")

    assert result.exit_code == 1
    assert "is open in this very process" in result.output
    assert files_with(data_folder, "All about the plum") != []


def test_an_unknown_target_is_an_error() -> None:
    result = command("--forget", "plumm.dev", "--yes")

    assert result.exit_code == 1
    assert squeezed(result.output)[0] == ("Error: Nothing is kept of the domain 'plumm.dev'. Did you mean 'plum.dev'?")


def test_what_was_forgotten_is_remembered() -> None:
    command("--forget", "plum.dev", "--yes")

    assert command("--remember", "plum.dev").output == "The domain plum.dev may be crawled again.\n"
    assert command("--remember", "plum.dev").exit_code == 1


@pytest.mark.parametrize(
    "arguments", [["--forget", "ada.dev", "--remember", "ada.dev"], ["--remember", "a.b", "--yes"]]
)
def test_options_that_exclude_each_other(arguments: list[str]) -> None:
    assert command(*arguments).exit_code == 2


class TestZenmlArtifacts:
    def test_an_id_is_found_across_the_blocks_of_a_file(self) -> None:
        long = PLUM.model_copy(update={"content": article("x" * 1_048_500).content})
        version = saved("forget_long", PEAR, long)

        held = ZenmlArtifacts(Client()).holding([PLUM.id])

        assert str(version.id) in {artifact.id for artifact in held}

    def test_an_id_that_is_no_uuid_is_found_between_quotes(self) -> None:
        version = saved("forget_foreign", PLUM.model_copy(update={"id": "17"}))
        artifacts = ZenmlArtifacts(Client())

        assert str(version.id) in {artifact.id for artifact in artifacts.holding(["17"])}
        assert str(version.id) not in {artifact.id for artifact in artifacts.holding(["7"])}

    def test_what_was_removed_holds_nothing_and_can_be_removed_again(self) -> None:
        version = saved("forget_removed", PLUM)
        artifacts = ZenmlArtifacts(Client())
        [held] = [each for each in artifacts.holding([PLUM.id]) if each.id == str(version.id)]

        artifacts.remove(held)
        artifacts.remove(held)

        assert str(version.id) not in {each.id for each in artifacts.holding([PLUM.id])}
        assert Client().get_artifact_version(version.id).name == "forget_removed"

"""Training data by the pipeline, on stores, templates and a language model server of the test's own."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import load_dataset
from loguru import logger
from zenml.client import Client

from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.gating import YieldTooLowError
from llm_engineering.application.datasets.generating import TooManyFailedError
from llm_engineering.application.datasets.generation import Checking, Generation
from llm_engineering.application.datasets.reviews import written_reviews
from llm_engineering.application.datasets.rows import RowStyle
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.documents import Content, PostDocument
from llm_engineering.domain.reviews import ReviewVerdict, SampleReview, text_hash
from llm_engineering.domain.samples import GatedDataset, PreferenceSample, SampleKind
from llm_engineering.infrastructure.datasets.hub import Publication
from llm_engineering.infrastructure.datasets.sharing import Sharing
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.hub import HubTokenMissingError
from pipelines.parameters import GenerateDatasets
from steps.export.export_artifacts import exported_file
from tests.support.datasets import good_reply
from tests.support.documents import article
from tests.support.openai_stub import Asked, OpenAIStub, Reply, openai_stub
from tools.pipeline_start import PreparedRun, checked_publication
from tools.run import main
from tools.run_configuration import RunConfiguration
from tools.run_summary import step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TEXTS = {
    "tide": "## The harbour\n\nThe water rises twice a day, because the moon pulls it towards itself on the near side "
    "of the earth. Fishermen plan their work by a printed table.\n\n## The moon\n\nA full moon brings the highest "
    "water of the month. So does a new one, and nobody in town believes it.",
    "bread": "## The starter\n\nA sourdough loaf needs a starter that was fed the evening before. We mix it with flour "
    "and warm water, and wait an hour.\n\n## The fold\n\nThe dough is folded four times before it rests in a cold "
    "kitchen. I never count the minutes in between.",
    "organ": "## The pipes\n\nThe organ was rebuilt after the fire with pipes of tin and lead. Its largest pipe speaks "
    "so low that visitors feel the note in the wooden benches before they hear it with their ears.",
}
POST = "Shipped the new tide tables today, and the harbour master smiled."


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with three articles and a post of Ada Lovelace."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        articles = [
            article(text, link=f"https://ada.dev/{name}", title=f"Notes on {name}", author_id=author.id)
            for name, text in TEXTS.items()
        ]
        post = PostDocument(
            id="id of a post",
            content=Content(title="", text=POST, language="en"),
            platform="x",
            author_id=author.id,
            author_full_name="Ada Lovelace",
            link="https://x.com/ada/1",
        )
        write_documents(store, [*articles, post])
    yield folder
    logger.remove()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_MODEL_ID", "tide-1")
        yield stub


def said(asked: Asked) -> Reply:
    prompt = asked.body["messages"][-1]["content"]
    return Reply(good_reply(SampleKind.PREFERENCE, prompt.partition("<source_text>\n")[2].partition("\n</source")[0]))


def run(kind: SampleKind, **choices: Any) -> dict[str, dict[str, Any]]:
    """Return the figures of each artifact of a run."""
    names = Generation.model_fields.keys()
    parameters = GenerateDatasets(
        author_full_names=("Ada Lovelace",),
        generation=Generation(kind=kind, **{name: value for name, value in choices.items() if name in names}),
        gates=choices.get("gates", DatasetGates()),
        checking=choices.get("checking", Checking()),
        sharing=choices.get("sharing", Sharing()),
    )
    prepared = PreparedRun("generate_datasets", RunConfiguration(parameters, settings={}))
    figures = step_figures(prepared.start(use_cache=False))
    return {name.partition(" / ")[2]: dict(values) for name, values in figures.items()}


def dataset() -> GatedDataset:
    """Return the data set of the last run."""
    found: GatedDataset = Client().get_artifact_version("gated_dataset").load()
    return found


def test_reviews_go_before_the_gates_and_the_rest_is_written_to_a_folder(data_folder: Path) -> None:
    run(SampleKind.INSTRUCT)
    first = dataset().kept[0]
    said_of_it = SampleReview(
        sample_id=first.id,
        text_hash=text_hash(first),
        reviewer="ada",
        reviewed_at=datetime(2026, 3, 18, tzinfo=UTC),
        verdict=ReviewVerdict.REJECTED,
    )
    with closing(SqliteDocumentStore.open(data_folder / "documents.sqlite3", timeout_seconds=5)) as store:
        written_reviews(store, [said_of_it])

    figures = run(SampleKind.INSTRUCT, sharing=Sharing(folder="datasets/ada", style=RowStyle.PLAIN))

    assert figures["accepted_dataset"]["rejected"] == {"rejected in review": 1}
    rows = load_dataset(str(data_folder / "datasets/ada"), cache_dir=str(data_folder / "cache"))
    ids = {row["id"] for split in ("train", "test") for row in rows[split]}
    assert ids == {sample.id for sample in dataset().kept}
    assert len(ids) == figures["accepted_dataset"]["kept"] == 5
    page = Client().get_artifact_version("gated_dataset").visualizations
    assert [str(each.uri).rpartition("/")[2] for each in page or []] == ["report.html"]


def test_without_a_token_a_run_for_the_hub_does_not_begin() -> None:
    parameters = GenerateDatasets(
        author_full_names=("Ada Lovelace",),
        generation=Generation(kind=SampleKind.INSTRUCT),
        sharing=Sharing(hub=Publication(repository="ada/looms")),
    )

    with pytest.raises(HubTokenMissingError, match="ada/looms"):
        checked_publication(PreparedRun("generate_datasets", RunConfiguration(parameters, settings={})))


def test_articles_and_short_posts_become_an_instruct_set_without_a_model(tmp_path: Path) -> None:
    held = tmp_path / "questions.jsonl"
    held.write_text(json.dumps({"question": "A full moon brings the highest water of the month."}), encoding="utf-8")
    figures = run(SampleKind.INSTRUCT, checking=Checking(evaluation_files=(str(held),)))

    made = dataset()
    assert figures["generated_samples"]["samples"] == 6
    assert figures["generated_samples"]["generator"] == "templates headings-and-terms-1"
    assert figures["accepted_dataset"]["kept"] == len(made.kept) == 5
    assert figures["accepted_dataset"]["rejected"] == {"contaminated": 1}
    assert figures["accepted_dataset"]["documents_on_both_sides"] == 0
    assert figures["accepted_dataset"]["contract"] == made.contract_hash
    assert POST in {sample.answers[0] for sample in made.kept}
    assert made.train
    assert made.test
    exported = exported_file("gated_dataset", tmp_path / "out")
    content = json.loads(Path(exported.path).read_text(encoding="utf-8"))
    assert content["figures"]["kept"] == 5
    assert {sample["id"] for sample in content["train"]} == {sample.id for sample in made.train}


def test_a_model_writes_a_preference_set_and_is_not_asked_twice(stub: OpenAIStub) -> None:
    stub.rule = said
    figures = run(SampleKind.PREFERENCE)
    first = dataset()
    again = run(SampleKind.PREFERENCE)

    assert len(stub.requests) == 6
    assert figures["generated_samples"]["requests"] == 6
    assert figures["generated_samples"]["sent_to"] == "nobody: it is on this machine"
    assert again["generated_samples"]["replies_kept_before"] == 6
    assert dataset() == first
    for sample in first.kept:
        assert isinstance(sample, PreferenceSample)
        assert any(sample.chosen in text for text in (*TEXTS.values(), POST))


def test_a_model_whose_replies_fail_ends_the_run_after_what_it_said_is_kept(stub: OpenAIStub) -> None:
    stub.rule = lambda asked: said(asked) if "harbour" in asked.body["messages"][-1]["content"] else Reply("no")

    with pytest.raises(TooManyFailedError, match=r"Of 6 requests .* 4 brought nothing \(broken_reply 4\)"):
        run(SampleKind.PREFERENCE)
    stub.rule, asked_before = said, len(stub.requests)
    run(SampleKind.PREFERENCE)

    assert len(stub.requests) == asked_before + 4


def test_a_set_of_which_the_gates_leave_too_little_fails_and_is_kept() -> None:
    with pytest.raises(YieldTooLowError, match=r"Of 6 samples 6 passed .* and 100 samples"):
        run(SampleKind.INSTRUCT, gates=DatasetGates(min_kept=100))

    assert len(dataset().kept) == 6


def config(folder: Path, kind: str) -> str:
    path = folder / f"{kind}.yaml"
    path.write_text(
        f"parameters:\n  author_full_names: [Ada Lovelace]\n  generation: {{kind: {kind}}}\n", encoding="utf-8"
    )
    return str(path)


def test_a_dry_run_says_what_would_be_sent_and_asks_nobody(
    stub: OpenAIStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PROMPT_PRICE", "COMPLETION_PRICE"):
        monkeypatch.setenv(f"LANGUAGE_MODEL_{name}", "1")
    flag = "generate-instruct-datasets"
    result = CliRunner().invoke(
        main,
        [f"--run-{flag}", f"--{flag}-config-filename", config(tmp_path, "instruct"), "--dry-run"],
        catch_exceptions=False,
    )

    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "A data set of the kind instruct would take" in shown
    assert "requests to a language model 6" in shown
    assert "tokens to write, at most 9,000" in shown
    assert "leaves this machine nothing: the model is on it" in shown
    assert "cost about 0.0" in shown
    assert "Nothing was asked or run" in shown
    assert stub.requests == []

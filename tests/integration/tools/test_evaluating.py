"""The pipeline that scores models, on models with random weights, a ZenML and stores of the test's own."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from loguru import logger
from zenml.client import Client

from llm_engineering.application.evaluate.model_scoring.folders import folder_evaluation
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.application.train.registry import Registration, chosen_version
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.samples import SampleKind
from llm_engineering.domain.training import WeightsKind
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.models.zenml_registry import ZenmlModelRegistry
from pipelines.parameters import Evaluating, FeatureEngineering, GenerateDatasets
from steps.model_evaluation.last_dataset import NoInstructSetError, last_instruct_set
from steps.training.register_model import register_model
from tests.support.documents import article
from tests.support.model_registry import trained
from tests.support.openai_stub import Asked, OpenAIStub, Reply, openai_stub
from tests.support.registered_models import empty_registry
from tests.support.tiny_chat_model import saved_tiny_chat_model
from tools.pipeline_start import PreparedRun
from tools.run import main
from tools.run_configuration import RunConfiguration
from tools.run_summary import StepFigures, step_figures

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TEXTS = {
    "dyeing": "## The vats\n\nWe dye the yarn with madder roots that grow behind the mill, and it takes a week in the "
    "vat before the red stays. Nobody hurries it, because a hurried red turns brown in the sun.\n\n## The rinse\n\nThe "
    "river rinses the hanks overnight. In winter the ice has to be broken first with a long pole of ash.",
    "spinning": "## The wheel\n\nMy wheel has a flyer of pear wood, which my aunt turned on a lathe that she had built "
    "herself. It hums a little higher when the band is dry.\n\n## The hands\n\nThe left hand drafts the fibres and the "
    "right one only guards the twist. Beginners do it the other way round and wonder about the knots.",
    "felting": "## The soap\n\nWarm water and olive soap open the scales of the fibre so that they hook into each "
    "other for good. We roll the wet sheet in a mat of reeds four hundred times.\n\n## The test\n\nPinch the felt with "
    "two fingers. If a single hair lifts by itself, the sheet goes back into the mat for another hundred turns.",
}
MODELS = [{"name": "base", "folder": "models/base"}, {"name": "sft", "folder": "models/sft"}]
CHOICES: dict[str, Any] = {
    "models": MODELS,
    "baseline": "base",
    "candidate": "sft",
    "data": {"held_out": 3, "golden": 0},
    "speaking": {"max_output_tokens": 12},
    "perplexity": {"max_texts": 2, "max_characters": 400, "window_tokens": 64},
    "gate": {"rules": [{"score": "failed", "at_most": 0.0}, {"score": "bits_per_byte", "max_loss": 0.0}]},
}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with articles of Ada Lovelace and two models; the same weights, so that nobody is better."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_FOLDER", str(folder))
    for name in ("base", "sft"):
        saved_tiny_chat_model(folder / "models" / name)
    with closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store:
        author = written_author(store, "Ada Lovelace").author
        articles = [
            article(text, link=f"https://ada.dev/{name}", title=f"On {name}", author_id=author.id)
            for name, text in TEXTS.items()
        ]
        write_documents(store, articles)
    with empty_registry():
        yield folder
    logger.remove()


def started(pipeline: str, parameters: Evaluating | FeatureEngineering | GenerateDatasets) -> StepFigures:
    return step_figures(PreparedRun(pipeline, RunConfiguration(parameters, settings={})).start(use_cache=False))


def generated() -> None:
    parameters = GenerateDatasets.model_validate({
        "author_full_names": ["Ada Lovelace"],
        "generation": {"kind": SampleKind.INSTRUCT, "test_share": 0.5},
        "gates": {"min_kept_share": 0, "min_kept": 2},
    })
    started("generate_datasets", parameters)


def report() -> EvaluationReport:
    found: EvaluationReport = Client().get_artifact_version("model_evaluation").load()
    return found


def test_two_models_are_scored_on_the_last_data_set_and_nothing_is_computed_twice(data_folder: Path) -> None:
    generated()
    folder = data_folder / "models/sft"
    (folder / TRAINING_FILE).write_text(trained(folder, kind=WeightsKind.MERGED).model_dump_json(), encoding="utf-8")
    register_model.entrypoint(trained(folder, kind=WeightsKind.MERGED), Registration(name="knitter"))
    promotion = {"name": "knitter", "promote": True}

    first = started("evaluating", Evaluating.model_validate({**CHOICES, "promotion": promotion}))
    page = Client().get_artifact_version("model_evaluation").visualizations
    found = report()
    again = started("evaluating", Evaluating.model_validate(CHOICES))

    figures = first["score_models / model_evaluation"]
    assert figures["verdict"] == "promoted"
    assert [str(each.uri).rpartition("/")[2] for each in page or []] == ["report.html"]
    base, sft = found.evaluation.models
    assert base.weights_hash == sft.weights_hash
    assert sft.scores["bits_per_byte"] == base.scores["bits_per_byte"]
    assert sft.differences["bits_per_byte"].value == 0
    assert sft.missing["style_score"] == {"too_few_authors_for_style": 3}
    assert folder_evaluation(data_folder / "models/sft") == found.evaluation
    assert not (data_folder / "models/base/evaluation.json").exists()
    registry = ZenmlModelRegistry(Client())
    version = chosen_version(registry, "knitter", "production")
    assert version.weights_hash == sft.weights_hash
    assert folder_evaluation(Path(version.folder)) == found.evaluation
    repeated: dict[str, Any] = again["score_models / model_evaluation"]
    assert {name: each["reused"] for name, each in repeated["costs"].items()} == {"base": 3, "sft": 3}
    assert report().evaluation == found.evaluation


def test_without_a_data_set_a_run_says_how_to_make_one() -> None:
    with pytest.raises(NoInstructSetError, match="run-generate-instruct-datasets-pipeline"):
        last_instruct_set("a_dataset_that_no_run_has_made")


def judging(asked: Asked) -> Reply | None:
    """Grade with 4 and 2, and find the second answer better in style; answer anything else."""
    if asked.body["model"] != "judge-1":
        return Reply("Pinch the felt with two fingers [1].")
    said = asked.body["messages"][0]["content"]
    verdict = {"accuracy": 4, "style": 2} if said.startswith("You grade") else {"accuracy": "tie", "style": "second"}
    return Reply(json.dumps({"reason": "So it is.", **verdict}))


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        stub.rule = judging
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_MODEL_ID", "writer-1")
        yield stub


def test_the_service_and_a_model_of_the_settings_are_judged_beside_a_folder(
    stub: OpenAIStub, data_folder: Path, tmp_path: Path
) -> None:
    started("feature_engineering", FeatureEngineering(author_full_names=("Ada Lovelace",)))
    samples = [
        {"instruction": "How is the felt tested?", "answer": "Two fingers pinch the felt.", "split": "test"},
        {"instruction": "What of wool?", "answer": "Wool is spun from the fleece of sheep.", "split": "train"},
    ]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(each) + "\n" for each in samples), encoding="utf-8")
    models = [MODELS[0], {"name": "writer", "kind": "settings"}, {"name": "rag", "kind": "rag", "passages": 2}]
    choices = {
        **CHOICES,
        "models": models,
        "candidate": "rag",
        "data": {"dataset": str(tmp_path / "set.jsonl"), "held_out": 5, "golden": 0},
        "judge": {"model": "judge-1"},
        "perplexity": {"texts": "answers", "window_tokens": 64},
        "gate": {"rules": [{"score": "judge_accuracy", "at_least": 5}], "fails_run": True},
    }
    (tmp_path / "evaluating.yaml").write_text(json.dumps({"parameters": choices}), encoding="utf-8")
    options = ["--run-evaluation", "--evaluation-config-filename", str(tmp_path / "evaluating.yaml"), "--no-cache"]

    ran = CliRunner().invoke(main, options)

    assert ran.exit_code == 1
    assert "broken: judge_accuracy is 4 on average, at least 5" in ran.output
    rag = report().evaluation.models[2]
    assert rag.scores["judge_accuracy"].value == 4
    assert rag.scores["judge_style"].value == 2
    assert rag.scores["judge_wins_style"].value == 0.5  # the second in both orders: he looks at the place
    assert report().models["rag"].compared is not None
    assert report().models["rag"].compared.agreement["style"].orders == 0  # type: ignore[union-attr]
    assert rag.scores["citation_support"].count == 1
    assert rag.weights_hash is None
    assert "perplexity" in report().evaluation.models[0].scores
    assert "perplexity" not in rag.scores

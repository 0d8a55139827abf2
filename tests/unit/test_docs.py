"""The documentation names what exists, and all of what it promises to name."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import BaseModel

from llm_engineering.application.answer.configuration import Answering, PromptVersions, Sufficiency
from llm_engineering.application.crawl import file_faults, repository_files
from llm_engineering.application.crawl.exports.faults import ExportFault
from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.git_apis import RepositoryFault
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.report import LinkStatus
from llm_engineering.application.datasets.configuration import (
    Balance,
    Contamination,
    DatasetGates,
    Duplicates,
    Grounding,
    Languages,
    Lengths,
)
from llm_engineering.application.datasets.degrading import Degradation
from llm_engineering.application.datasets.extracts import Extracting
from llm_engineering.application.datasets.generation import Checking, Generation
from llm_engineering.application.datasets.generation import Writing as GenerationWriting
from llm_engineering.application.evaluate.gate import GateDecision, GateRule
from llm_engineering.application.evaluate.golden import QuestionKind
from llm_engineering.application.evaluate.making import Asking
from llm_engineering.application.evaluate.model_scoring.configuration import (
    EvaluatedModel,
    EvaluationData,
    Memorisation,
    Perplexity,
    Speaking,
)
from llm_engineering.application.evaluate.model_scoring.copies import CopyIndex
from llm_engineering.application.evaluate.model_scoring.evaluation import OF_RAG
from llm_engineering.application.evaluate.model_scoring.grades import GRADE_SCORES
from llm_engineering.application.evaluate.model_scoring.metrics import copy_metrics, plain_metrics, rouge_metrics
from llm_engineering.application.evaluate.model_scoring.pairs import WIN_SCORES
from llm_engineering.application.evaluate.model_scoring.promotion import PromotionGate, ScoreRule
from llm_engineering.application.evaluate.model_scoring.scores import BITS_PER_BYTE, FAILED, PERPLEXITY
from llm_engineering.application.evaluate.written import Writing
from llm_engineering.application.experiments.configuration import QuestionSource
from llm_engineering.application.experiments.gate import ComparisonGate
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.experiments.metrics import METRIC_NAMES
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.style_metric import STYLE_SCORE
from llm_engineering.application.experiments.verdict import Decision
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.application.train.configuration import (
    DataChecks,
    DpoStage,
    Lora,
    Saving,
    SftStage,
)
from llm_engineering.application.train.promotion import Promotion
from llm_engineering.application.train.registry import Registration
from llm_engineering.infrastructure.aws.endpoint_configuration import (
    DataCapture,
    InferenceEndpoint,
    InstancePrice,
    Scaling,
    ServedModel,
)
from llm_engineering.infrastructure.aws.job_configuration import JobSource, SageMakerJob, Spot
from llm_engineering.infrastructure.datasets.sharing import Sharing
from llm_engineering.infrastructure.models.hub import ModelPublication
from llm_engineering.infrastructure.zenml_stacks.configuration import AwsStack, ImageBuilding, StepOperator
from llm_engineering.settings import Settings
from pipelines.parameters import (
    CompareAnswers,
    DigitalDataEtl,
    EndToEndData,
    EvaluateRetrieval,
    Evaluating,
    ExportArtifactToJson,
    FeatureEngineering,
    GenerateDatasets,
    MakeGolden,
    Training,
)
from tests.support.scored import WordSetOverlap

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
GENERATING = ROOT / "docs/datasets.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *DOCS]
TOP_FOLDERS = ("benchmarks/", "configs/", "docs/", "llm_engineering/", "pipelines/", "steps/", "tests/", "tools/")

YOURS = {
    "configs/my_author.yaml",
    "configs/my_blog.yaml",
    "configs/my_features.yaml",
    "llm_engineering/application/crawl/forum.py",
}
"""Files that readers are told to make."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def tokens(page: Path) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()


def targets(page: Path) -> list[str]:
    """Return where the links and images of a page lead."""
    found = (token.attrGet("href") or token.attrGet("src") for token in tokens(page))
    return [str(target) for target in found if target]


def code(page: Path) -> list[str]:
    """Return the code of a page: each span, and each line of each block."""
    return [
        line.strip()
        for token in tokens(page)
        if token.type in {"code_inline", "fence"}
        for line in token.content.splitlines()
    ]


def commands(page: Path, prefix: str) -> list[list[str]]:
    """Return the words after a prefix in the code of a page, comments left out, command by command."""
    found = (re.search(rf"(?:^|/|&& ){re.escape(prefix)} (?P<rest>.*)", line) for line in code(page))
    return [shlex.split(match["rest"], comments=True) for match in found if match]


def first_cells(page: Path, heading: str) -> set[str]:
    """Return the code in the first column of the tables of one section."""
    section = re.split(r"^#+ ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"{heading}\n")]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def defaults(page: Path) -> dict[str, str]:
    """Return the second column by the first one of all tables of a page whose rows begin with one piece of code."""
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: value.strip().strip("`") for name, value in rows}


@each_page
def test_relative_links_and_images_exist(page: Path) -> None:
    relative = [target for target in targets(page) if not urlsplit(target).scheme]

    assert [target for target in relative if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_pages_link_only_to_pages_that_the_site_serves(page: Path) -> None:
    names = {each.name for each in DOCS}

    pictures = (".png", ".svg")
    pages = [target for target in targets(page) if not urlsplit(target).scheme and not target.endswith(pictures)]

    assert [target for target in pages if target not in names] == []


@each_page
def test_named_files_exist(page: Path) -> None:
    named = {word for line in code(page) for word in line.split() if word.startswith(TOP_FOLDERS)}

    assert {name for name in named if not (ROOT / name).exists()} <= YOURS


@each_page
def test_make_targets_exist(page: Path) -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {word for words in commands(page, "make") for word in words if "=" not in word}

    assert named - made == set()


@each_page
def test_tasks_exist(page: Path) -> None:
    tasks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poe"]["tasks"]

    assert {words[0] for words in commands(page, "poetry poe")} - tasks.keys() == set()


@each_page
def test_command_lines_have_the_named_options(page: Path) -> None:
    for module, *words in commands(page, "python -m"):
        if not module.startswith(("tools.", "benchmarks.")):
            continue
        command = import_module(module).main
        assert isinstance(command, click.Command)
        if isinstance(command, click.Group) and words and not words[0].startswith("--"):
            command = command.commands[words[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("digital_data_etl", DigitalDataEtl),
        ("feature_engineering", FeatureEngineering),
        ("end_to_end_data", EndToEndData),
        ("export_artifact_to_json", ExportArtifactToJson),
        ("limits", CrawlLimits),
        ("chunking", Chunking),
    ],
)
def test_every_key_of_a_yaml_file_is_described(heading: str, model: type[BaseModel]) -> None:
    assert first_cells(ROOT / "docs/configuration.md", heading) == set(model.model_fields)


def test_every_key_of_the_search_is_described() -> None:
    described = {name.split(".")[0] for name in first_cells(ROOT / "docs/retrieval.md", "Settings")}

    assert described == set(Retrieval.model_fields)


def test_every_key_of_an_answer_is_described() -> None:
    described = first_cells(ROOT / "docs/answers.md", "Settings")
    inner: dict[str, type[BaseModel]] = {"sufficiency": Sufficiency, "prompts": PromptVersions}
    keys = {name for name in Answering.model_fields if name not in inner}
    keys |= {f"{prefix}.{name}" for prefix, model in inner.items() for name in model.model_fields}

    assert described == keys


def test_every_key_of_the_gates_is_described() -> None:
    described = first_cells(ROOT / "docs/datasets.md", "Settings of the gates")
    inner: dict[str, type[BaseModel]] = {
        "grounding": Grounding,
        "duplicates": Duplicates,
        "languages": Languages,
        "lengths": Lengths,
        "contamination": Contamination,
        "balance": Balance,
    }
    keys = {name for name in DatasetGates.model_fields if name not in inner}
    keys |= {f"{prefix}.{name}" for prefix, model in inner.items() for name in model.model_fields}

    assert described == keys


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (MakeGolden, ""),
        (Asking, "asking."),
        (Writing, "asking.writing."),
        (EvaluateRetrieval, ""),
        (GateRule, "gate."),
    ],
)
def test_every_key_of_an_evaluation_is_described(model: type[BaseModel], prefix: str) -> None:
    described = first_cells(ROOT / "docs/evaluation.md", "Settings")
    keys = {f"{prefix}{name}" for name in model.model_fields} - {
        "asking",
        "asking.writing",
        "gate",
    }  # mappings, described key by key

    assert keys - described == set()


@pytest.mark.parametrize(
    ("heading", "model", "prefix"),
    [
        ("Offline", CompareAnswers, ""),
        ("Offline", QuestionSource, "questions."),
        ("Offline", DecisionRule, "rule."),
        ("Offline", ComparisonGate, "gate."),
        ("Offline", Judging, "judge."),
        ("Online", OnlineExperiment, ""),
    ],
)
def test_every_key_of_an_experiment_is_described(heading: str, model: type[BaseModel], prefix: str) -> None:
    described = first_cells(ROOT / "docs/experiments.md", heading)
    keys = {f"{prefix}{name}" for name in model.model_fields} - {"questions", "rule", "gate"}

    assert keys - described == set()


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (GenerateDatasets, ""),
        (Generation, "generation."),
        (Extracting, "generation.extracts."),
        (GenerationWriting, "generation.writing."),
        (Checking, "checking."),
        (Sharing, "sharing."),
    ],
)
def test_every_key_of_generation_is_described(model: type[BaseModel], prefix: str) -> None:
    described = first_cells(GENERATING, "Settings of generation")
    # Mappings, described key by key.
    inner = {"generation", "checking", "sharing", "generation.extracts", "generation.writing"}

    assert {f"{prefix}{name}" for name in model.model_fields} - inner - described == set()


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (InferenceEndpoint, ""),
        (ServedModel, "model."),
        (Scaling, "scaling."),
        (DataCapture, "data_capture."),
        (InstancePrice, "price."),
        (SageMakerJob, ""),
        (Spot, "spot."),
        (JobSource, "source."),
    ],
)
def test_every_key_of_an_endpoint_is_described(model: type[BaseModel], prefix: str) -> None:
    page = (ROOT / "docs/sagemaker.md").read_text(encoding="utf-8")
    keys = {f"{prefix}{name}" for name in model.model_fields} - {"model"}  # a mapping, described key by key

    assert [key for key in keys if f"`{key}`" not in page] == []


@pytest.mark.parametrize(
    ("model", "prefix"), [(AwsStack, ""), (ImageBuilding, "image_builder."), (StepOperator, "step_operator.")]
)
def test_every_key_of_the_aws_stack_is_described(model: type[BaseModel], prefix: str) -> None:
    described = first_cells(ROOT / "docs/stacks.md", "The stack")
    inner = {"image_builder", "step_operator"}  # mappings, described key by key

    assert {f"{prefix}{name}" for name in model.model_fields} - inner - described == set()


@pytest.mark.parametrize("kind", Degradation)
def test_every_way_to_spoil_an_answer_is_described(kind: Degradation) -> None:
    assert kind.value in first_cells(GENERATING, "Without a language model")


@pytest.mark.parametrize(
    ("heading", "model", "prefix"),
    [
        ("Settings", Training, ""),
        ("Settings", Lora, "lora."),
        ("Settings", DataChecks, "checks."),
        ("Settings", Saving, "saving."),
        ("Settings of a stage", SftStage, ""),
        ("Settings of a stage", DpoStage, ""),
    ],
)
def test_every_key_of_a_training_is_described(heading: str, model: type[BaseModel], prefix: str) -> None:
    described = first_cells(ROOT / "docs/training.md", heading)
    keys = {f"{prefix}{name}" for name in model.model_fields} - {"lora", "checks", "saving"}  # described key by key

    assert keys - described == set()


@pytest.mark.parametrize(
    ("heading", "model"),
    [("Stages", Registration), ("Stages", Promotion), ("On the Hugging Face Hub", ModelPublication)],
)
def test_every_key_of_what_becomes_of_a_model_is_described(heading: str, model: type[BaseModel]) -> None:
    described = {name for cell in first_cells(ROOT / "docs/models.md", heading) for name in cell.split(", ")}

    assert set(model.model_fields) - described == set()


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (Evaluating, ""),
        (EvaluatedModel, "models[]."),
        (EvaluationData, "data."),
        (Speaking, "speaking."),
        (Memorisation, "memorisation."),
        (Perplexity, "perplexity."),
        (PromotionGate, "gate."),
        (ScoreRule, "gate.rules[]."),
    ],
)
def test_every_key_of_an_evaluation_of_models_is_described(model: type[BaseModel], prefix: str) -> None:
    described = first_cells(ROOT / "docs/model-evaluation.md", "Settings")
    # Mappings, described key by key.
    inner = {"models", "data", "speaking", "memorisation", "perplexity", "gate", "gate.rules"}

    assert {f"{prefix}{name}" for name in model.model_fields} - inner - described == set()


def test_every_score_of_a_model_is_described() -> None:
    names = {FAILED.name, PERPLEXITY.name, BITS_PER_BYTE.name, STYLE_SCORE.name, "length", *OF_RAG}
    names |= {each.name for each in (*GRADE_SCORES.values(), *WIN_SCORES.values())}
    index = CopyIndex.of([])
    metrics = (*plain_metrics(), *rouge_metrics(WordSetOverlap(), {}), *copy_metrics(index.copied, 50))
    names |= {each.definition.name for each in metrics}

    assert names == first_cells(ROOT / "docs/model-evaluation.md", "Scores")


def test_every_metric_of_an_experiment_is_described() -> None:
    assert set(METRIC_NAMES) <= first_cells(ROOT / "docs/experiments.md", "Offline")


def test_every_setting_is_described() -> None:
    names = {name.upper() for name in Settings.model_fields}

    assert first_cells(ROOT / "docs/configuration.md", "Settings") == names


@pytest.mark.parametrize("model", [Settings, CrawlLimits, Chunking, ExportArtifactToJson])
def test_described_defaults_are_the_real_ones(model: type[BaseModel]) -> None:
    described = defaults(ROOT / "docs/configuration.md")
    for name, field in model.model_fields.items():
        shown = described[name.upper() if model is Settings else name].replace(",", "")
        if field.is_required():
            assert shown == "required"
        elif field.default is None:
            assert shown in {"unset", "what the model reads"}
        elif isinstance(field.default, bool):
            assert shown == str(field.default).lower()
        elif isinstance(field.default, int | float):
            assert float(shown) == field.default
        else:
            assert shown == str(field.default)


@pytest.mark.parametrize(
    ("reasons", "name"),
    [
        (FailureReason, "crawling"),
        (LinkStatus, "crawling"),
        (repository_files.FileFault, "sources"),
        (file_faults.FileFault, "sources"),
        (RepositoryFault, "sources"),
        (CrawlerName, "sources"),
        (ExportFault, "exports"),
        (QuestionKind, "evaluation"),
        (GateDecision, "evaluation"),
        (Decision, "experiments"),
    ],
)
def test_every_reason_is_described(reasons: type[StrEnum], name: str) -> None:
    page = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")

    assert [
        reason.value for reason in reasons if f"`{reason.value}`" not in page and reason is not CrawlerName.EXPORT_ONLY
    ] == []


@pytest.mark.parametrize("name", ["flow", "index-sync"])
def test_diagrams_are_drawn_for_light_and_dark_screens(name: str) -> None:
    picture = (ROOT / f"docs/{name}.svg").read_text(encoding="utf-8")

    assert "prefers-color-scheme: dark" in picture
    assert "<title" in picture
    assert "<desc" in picture

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.retrieve.configuration import Retrieval
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.zenml_stacks.configuration import AwsStack
from pipelines import parameters
from pipelines.parameters import AuthorLinks, DigitalDataEtl, EndToEndData, FeatureEngineering
from tools.run import PIPELINE_RUNS, PipelineRun
from tools.run_configuration import ConfigurationError, StepOptions, configuration_path, run_configuration

REPOSITORY_ROOT: Final = Path(__file__).parents[3]
RETRIEVAL: Final = REPOSITORY_ROOT / "configs/retrieval.yaml"
ANSWERING: Final = REPOSITORY_ROOT / "configs/answering.yaml"
EXPERIMENT: Final = REPOSITORY_ROOT / "configs/online_experiment.yaml"
GATES: Final = REPOSITORY_ROOT / "configs/dataset_gates.yaml"
ENDPOINT: Final = REPOSITORY_ROOT / "configs/inference_endpoint.yaml"
STACK: Final = REPOSITORY_ROOT / "configs/aws_stack.yaml"
OTHERS: Final = {RETRIEVAL, ANSWERING, EXPERIMENT, GATES, ENDPOINT, STACK}
CONFIGS: Final = sorted(set((REPOSITORY_ROOT / "configs").glob("*.yaml")) - OTHERS)

IMPORT_OF_THE_COMMAND_LINE: Final = """
import sys
import pipelines.parameters, tools.run, tools.run_configuration
print(sorted({"zenml", "torch", "pymongo", "qdrant_client", "rich"} & set(sys.modules)))
"""


def parameters_of(run: PipelineRun) -> type[FrozenModel]:
    model: type[FrozenModel] = getattr(parameters, run.parameters)
    return model


def pipeline_of(config: Path) -> PipelineRun:
    """Return the pipeline that a file is for: the start of its name."""
    (run,) = (run for run in PIPELINE_RUNS if config.name.startswith(run.name))
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.yaml"


def faults(file: Path, text: str, model: type[FrozenModel]) -> tuple[str, ...]:
    """Return what is wrong with a text."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        run_configuration(file, model)
    return caught.value.faults


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_every_file_of_the_project_fits_its_pipeline(config: Path) -> None:
    configuration = run_configuration(config, parameters_of(pipeline_of(config)))

    assert bool(configuration.settings) is bool(configuration.steps) is config.name.endswith("_aws.yaml")


def test_the_file_of_the_search_says_what_the_defaults_are() -> None:
    assert run_configuration(RETRIEVAL, Retrieval).parameters == Retrieval()
    assert run_configuration(ANSWERING, Answering).parameters == Answering()
    assert run_configuration(GATES, DatasetGates).parameters == DatasetGates()


def test_the_file_of_the_stack_says_what_the_defaults_are() -> None:
    assert run_configuration(STACK, AwsStack).parameters == AwsStack()


def test_the_file_of_an_experiment_on_users_can_be_used() -> None:
    assert run_configuration(EXPERIMENT, OnlineExperiment).parameters.name == "warmer-answers"


@pytest.mark.parametrize("run", PIPELINE_RUNS, ids=lambda run: run.name)
def test_the_parameters_of_a_file_are_those_of_its_pipeline(run: PipelineRun) -> None:
    pipeline = getattr(import_module(f"pipelines.{run.pipeline}"), run.pipeline)

    # What is excluded is for other commands that read the same file.
    handed_on = {name for name, field in parameters_of(run).model_fields.items() if not field.exclude}
    assert handed_on == set(inspect.signature(pipeline.entrypoint).parameters)


@pytest.mark.parametrize("run", PIPELINE_RUNS, ids=lambda run: run.name)
def test_the_default_file_of_each_pipeline_is_there(run: PipelineRun) -> None:
    assert pipeline_of(REPOSITORY_ROOT / "configs" / run.default_config) is run
    assert (REPOSITORY_ROOT / "configs" / run.default_config) in CONFIGS


def test_reading_a_file_imports_no_zenml_and_nothing_else_that_is_heavy() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_OF_THE_COMMAND_LINE],
        cwd=REPOSITORY_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )

    assert finished.stdout == "[]\n"


def test_what_a_file_does_not_say_has_its_default(file: Path) -> None:
    file.write_text("parameters: {author_full_name: Ada Lovelace, links: ['https://ada.dev']}", encoding="utf-8")

    assert run_configuration(file, DigitalDataEtl).parameters == DigitalDataEtl(
        author_full_name="Ada Lovelace",
        links=("https://ada.dev",),
        limits=CrawlLimits(),
        allowed_private_hosts=(),
        max_failed_share=0.5,
    )


def test_what_a_file_says_is_read(file: Path) -> None:
    text = """
        parameters:
          authors:
            - author_full_name: "  Ada   Lovelace"
              links: [https://ada.dev, git@github.com:ada/engine.git, ./notes]
          limits: {max_files: 7}
          allowed_private_hosts: [127.0.0.1]
          max_failed_share: 0
          chunking: {max_tokens: 128, min_tokens: 0}
        settings:
          docker: {requirements: [numpy]}
        steps:
          load_to_vector_db: {step_operator: true, settings: {resources: {cpu_count: 8}}}
          crawl_links:
        """
    file.write_text(text, encoding="utf-8")

    configuration = run_configuration(file, EndToEndData)

    links = ("https://ada.dev", "git@github.com:ada/engine.git", "./notes")
    assert configuration.parameters == EndToEndData(
        authors=(AuthorLinks(author_full_name="Ada Lovelace", links=links),),
        limits=CrawlLimits(max_files=7),
        allowed_private_hosts=("127.0.0.1",),
        max_failed_share=0,
        chunking=Chunking(max_tokens=128, min_tokens=0),
    )
    assert configuration.settings == {"docker": {"requirements": ["numpy"]}}
    assert configuration.steps == {
        "load_to_vector_db": StepOptions(step_operator=True, settings={"resources": {"cpu_count": 8}}),
        "crawl_links": StepOptions(),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "parameters: {author_full_names: [Ada Lovelace]}\nsetings: {}",
            "unknown section 'setings'. Did you mean 'settings'? A file has `parameters:`, `settings:` and `steps:`",
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace], chunkings: {}}",
            (
                "unknown key 'parameters.chunkings'. Did you mean 'chunking'? "
                "Known are: author_full_names, chunking, price_per_million_tokens, shards, switching"
            ),
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace], chunking: {min_tokenz: 1}}",
            (
                "unknown key 'parameters.chunking.min_tokenz'. Did you mean 'min_tokens'? "
                "Known are: max_tokens, min_tokens"
            ),
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace], x: 1}",
            (
                "unknown key 'parameters.x'. "
                "Known are: author_full_names, chunking, price_per_million_tokens, shards, switching"
            ),
        ),
        ("parameters: {chunking: {}}", "'parameters.author_full_names' is missing"),
        ("parameters:", "'parameters.author_full_names' is missing"),
        ("settings: {}", "'parameters.author_full_names' is missing"),
        (
            "parameters: {author_full_names: Ada Lovelace}",
            "'parameters.author_full_names' has to be a list (got 'Ada Lovelace'). Each item begins with a dash",
        ),
        (
            "parameters: {author_full_names: []}",
            "'parameters.author_full_names': Tuple should have at least 1 item after validation, not 0 (got [])",
        ),
        (
            "parameters: {author_full_names: [7]}",
            "'parameters.author_full_names.0': Input should be a valid string (got 7)",
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace, ada]}",
            (
                "'parameters.author_full_names.1': 'ada' is not a full name. Write first and last name with a space "
                'between them, as in "Maxime Labonne".'
            ),
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace], chunking: {max_tokens: 15}}",
            "'parameters.chunking.max_tokens': Input should be greater than or equal to 16 (got 15)",
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace], chunking: 40}",
            "'parameters.chunking': Input should be a valid dictionary or instance of Chunking (got 40)",
        ),
        (
            "parameters: [author_full_names]",
            (
                "'parameters': Input should be a valid dictionary or instance of FeatureEngineering "
                "(got ['author_full_names'])"
            ),
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace]}\nsettings: [docker]",
            "'settings' has to be a mapping, got list",
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace]}\nsteps: [chunk_documents]",
            "'steps' has to be a mapping, got list",
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace]}\nsteps: {chunk_documents: {settingz: {}}}",
            (
                "unknown key 'steps.chunk_documents.settingz'. Did you mean 'settings'? "
                "Known are: settings, step_operator"
            ),
        ),
        (
            "parameters: {author_full_names: [Ada Lovelace]}\nsteps: {chunk_documents: {step_operator: gpu}}",
            (
                "'steps.chunk_documents.step_operator': Input should be a valid boolean, unable to interpret input "
                "(got 'gpu')"
            ),
        ),
        ("", "it has to be a mapping, got NoneType"),
        ("- parameters", "it has to be a mapping, got list"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, expected: str, file: Path) -> None:
    assert faults(file, text, FeatureEngineering) == (expected,)


@pytest.mark.parametrize("share", ["-0.1", "1.01", ".nan", ".inf", "most"])
def test_a_share_lies_between_nothing_and_all(share: str, file: Path) -> None:
    text = f"parameters: {{author_full_name: Ada Lovelace, links: [.], max_failed_share: {share}}}"

    (fault,) = faults(file, text, DigitalDataEtl)

    assert fault.startswith("'parameters.max_failed_share': Input should be ")


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("ada.dev/one", "The link 'ada.dev/one' has no scheme."),
        ("ftp://ada.dev", "The link 'ftp://ada.dev' has the scheme 'ftp'."),
        ("''", "The link '' is empty."),
    ],
)
def test_a_link_is_checked_before_anything_is_fetched(link: str, fault: str, file: Path) -> None:
    text = f"parameters: {{author_full_name: Ada Lovelace, links: ['https://ada.dev', {link}]}}"

    (told,) = faults(file, text, DigitalDataEtl)

    assert told.startswith(f"'parameters.links.1.link': {fault}")


@pytest.mark.parametrize(
    "links",
    [
        "['https://ada:hunter2@ada.dev']",
        "https://ada:hunter2@ada.dev",
        "{https://ada:hunter2@ada.dev: 1}",
        "['https://ada:hunter2@ada.dev'",
    ],
)
def test_credentials_in_a_link_are_not_repeated(links: str, file: Path) -> None:
    told = faults(file, f"parameters: {{author_full_name: Ada Lovelace, links: {links}}}", DigitalDataEtl)

    assert "hunter2" not in " ".join(told)


def test_a_key_inside_a_list_of_models_is_found(file: Path) -> None:
    text = """
        parameters:
          authors:
            - {author_full_name: Ada Lovelace, links: [.]}
            - {author_full_name: Bob Byron, link: [.]}
        """

    assert faults(file, text, EndToEndData) == (
        "'parameters.authors.1.links' is missing",
        "unknown key 'parameters.authors.1.link'. Did you mean 'links'? Known are: author_full_name, links",
    )


def test_all_faults_are_told_together(file: Path) -> None:
    text = "parameter: {}\nparameters: {author_full_names: [ada], chunking: {min_tokens: many}}"

    assert [fault.split(":")[0] for fault in faults(file, text, FeatureEngineering)] == [
        "unknown section 'parameter'. Did you mean 'parameters'? A file has `parameters",
        "'parameters.author_full_names.0'",
        "'parameters.chunking.min_tokens'",
    ]


def test_the_message_names_the_file_ten_faults_and_how_many_more(file: Path) -> None:
    file.write_text("".join(f"section_{number}: 1\n" for number in range(12)), encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        run_configuration(file, FeatureEngineering)

    first, *lines = caught.value.problem.split("\n")
    assert first == f"{file} cannot be used:"
    assert len(lines) == 11
    assert lines[-1] == "  - and 3 more"
    assert caught.value.remedy == "Nothing was run; correct the file and try again."
    assert (caught.value.path, len(caught.value.faults)) == (file, 13)
    assert isinstance(caught.value, InvalidInputError)


@pytest.mark.parametrize("content", [b"parameters: [", b"a: b: c", b"\xff\xfe\x00", b"a: \x01", b"? [a]\n: {b: 1}"])
def test_what_is_no_yaml_is_told(content: bytes, file: Path) -> None:
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="it is no readable YAML"):
        run_configuration(file, FeatureEngineering)


def test_a_key_that_is_there_twice_is_told_with_its_line(file: Path) -> None:
    text = "parameters:\n  author_full_name: Ada Lovelace\n  links: [./one]\n  links: [./two]\n"

    (fault,) = faults(file, text, DigitalDataEtl)

    assert "the key 'links' stands there twice" in fault
    assert "line 4" in fault


def test_a_file_runs_no_code(file: Path) -> None:
    (fault,) = faults(file, "parameters: !!python/object/apply:os.getcwd []", FeatureEngineering)

    assert "could not determine a constructor for the tag" in fault


def test_a_name_is_a_path_or_else_a_file_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    for path in ("mine.yaml", "configs/mine.yaml", "configs/other.yaml"):
        (tmp_path / path).touch()

    assert configuration_path("mine.yaml") == Path("mine.yaml")
    assert configuration_path("other.yaml") == Path("configs/other.yaml")
    assert configuration_path(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"


def test_a_file_that_is_not_there_is_told_with_the_closest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    for name in ("digital_data_etl.yaml", "feature_engineering.yaml"):
        (tmp_path / "configs" / name).touch()

    with pytest.raises(ConfigurationError) as caught:
        configuration_path("feature_enginering.yaml")

    assert caught.value.path == Path("feature_enginering.yaml")
    assert caught.value.faults == (
        (
            "there is no such file, here or in configs/. Did you mean 'feature_engineering.yaml'? "
            "There is: ['digital_data_etl.yaml', 'feature_engineering.yaml']"
        ),
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        configuration_path(str(tmp_path))

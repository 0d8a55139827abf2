import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from tools.run import PIPELINE_RUNS, PipelineRun, main

REPOSITORY_ROOT: Final = Path(__file__).parents[3]
FLAGS: Final = (
    "--run-etl, --run-feature-engineering, --run-end-to-end-data, --run-make-golden, --run-evaluate-retrieval, "
    "--run-compare-answers, --run-summarize, --run-generate-instruct-datasets, --run-generate-preference-datasets, "
    "--run-training, --run-evaluation, --run-export-artifact-to-json"
)


def ran(*arguments: str) -> Result:
    """Return what a command ended with; an error that it does not tell is raised."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False, terminal_width=120)


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("arguments", [[], ["--no-cache"], ["--etl-config-filename", "mine.yaml"]])
def test_a_run_of_nothing_names_the_pipelines(arguments: list[str]) -> None:
    result = ran(*arguments)

    assert result.exit_code == 2
    assert f"Error: Name a pipeline: {FLAGS}." in result.output


@pytest.mark.parametrize("run", PIPELINE_RUNS, ids=lambda run: run.name)
def test_the_help_shows_each_pipeline_with_its_default_file(run: PipelineRun) -> None:
    result = ran("--help")

    shown = " ".join(result.output.split())
    assert result.exit_code == 0
    assert f"--{run.flag} {run.help}" in shown
    assert (
        f"--{run.config_flag} FILE Its file, as a path or a name in configs/. [default: {run.default_config}]" in shown
    )


def test_pipelines_run_in_the_order_of_the_data() -> None:
    assert [run.name for run in PIPELINE_RUNS] == [
        "digital_data_etl",
        "feature_engineering",
        "end_to_end_data",
        "make_golden",
        "evaluate_retrieval",
        "compare_answers",
        "summarize",
        "generate_instruct_datasets",
        "generate_preference_datasets",
        "training",
        "evaluating",
        "export_artifact_to_json",
    ]


def test_the_help_shows_each_switch() -> None:
    shown = " ".join(ran("--help").output.split())

    for switch in (switch for run in PIPELINE_RUNS for switch in run.switches):
        assert f"--{switch.flag} {switch.help}" in shown


def test_a_dry_run_of_what_has_none_is_refused() -> None:
    result = ran("--run-etl", "--run-generate-instruct-datasets", "--dry-run")

    assert result.exit_code == 2
    assert "Error: --dry-run has no meaning with --run-etl." in result.output


def test_a_misspelt_option_is_refused() -> None:
    result = ran("--run-etll")

    assert result.exit_code == 2
    assert "No such option '--run-etll'" in result.output


def test_a_faulty_file_is_told_with_its_remedy(tmp_path: Path) -> None:
    config = written(tmp_path, "parameters: {author_full_name: ada, links: [ada.dev]}")

    result = ran("--run-etl", "--etl-config-filename", config)

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {config} cannot be used:\n  - 'parameters.author_full_name': 'ada' is no")
    assert "\n  - 'parameters.links.0.link': The link 'ada.dev' has no scheme." in result.output
    assert result.output.endswith("\n  Nothing was run; correct the file and try again.\n")


def test_a_file_that_is_not_there_is_told_with_the_closest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY_ROOT)

    result = ran("--run-feature-engineering", "--feature-engineering-config-filename", "feature_enginering.yaml")

    assert result.exit_code == 1
    assert "Did you mean 'feature_engineering.yaml'?" in result.output


def test_no_pipeline_starts_before_all_files_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY_ROOT)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    config = written(tmp_path, "parameters: {author_full_names: []}")

    result = ran("--run-etl", "--run-feature-engineering", "--feature-engineering-config-filename", config)

    assert result.exit_code == 1
    assert not (tmp_path / "data").exists()


def test_a_setting_that_cannot_be_used_is_told_before_a_pipeline_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY_ROOT)
    monkeypatch.setenv("STORE_TIMEOUT_SECONDS", "0")

    result = ran("--run-feature-engineering")

    assert result.exit_code == 1
    assert result.output.startswith("Error: The settings cannot be used: STORE_TIMEOUT_SECONDS: ")


@pytest.mark.integration
def test_a_faulty_file_starts_no_zenml_and_shows_no_traceback(tmp_path: Path) -> None:
    config = written(tmp_path, "parameters: {author_full_names: [Ada Lovelace], chunkings: {}}")
    zenml = tmp_path / "zenml"

    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.run",
            "--run-feature-engineering",
            "--feature-engineering-config-filename",
            config,
        ],
        cwd=REPOSITORY_ROOT,
        env={**os.environ, "ZENML_CONFIG_PATH": str(zenml), "DATA_FOLDER": str(tmp_path / "data")},
        check=False,
        capture_output=True,
        text=True,
    )

    assert finished.returncode == 1
    assert "Did you mean 'chunking'?" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not zenml.exists()

import os

import click
import pytest
from click.testing import CliRunner
from loguru import logger

from llm_engineering.domain.errors import InvalidInputError, TwinError
from tools.console import configured_console, told_errors


@click.command()
@click.option("--name", default="x")
@told_errors
def command(name: str) -> None:
    """Show a name."""
    if name == "twin":
        raise TwinError("The disk is full.", remedy="Delete something.")
    if name == "input":
        raise InvalidInputError("'input' is no name.", remedy="Write another one.")
    if name == "defect":
        raise ZeroDivisionError("division by zero")
    click.echo(f"Hello {name}")


def test_a_command_that_works_is_left_alone() -> None:
    result = CliRunner().invoke(command, ["--name", "Ada"])

    assert (result.exit_code, result.output) == (0, "Hello Ada\n")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("twin", "Error: The disk is full.\n  Delete something.\n"),
        ("input", "Error: 'input' is no name.\n  Write another one.\n"),
    ],
)
def test_an_error_of_the_project_is_told_with_its_remedy(name: str, told: str) -> None:
    result = CliRunner().invoke(command, ["--name", name])

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", told)


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        CliRunner().invoke(command, ["--name", "defect"], catch_exceptions=False)


def test_a_command_keeps_its_name_and_help() -> None:
    @told_errors
    def named() -> None:
        """Do it."""

    assert (named.__name__, named.__doc__) == ("named", "Do it.")


def test_log_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configured_console()

    logger.debug("not shown")
    logger.info("stored {count} documents", count=3)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("INFO    stored 3 documents\n")
    assert captured.err.count("\n") == 1


def test_a_quiet_command_logs_warnings_only(capsys: pytest.CaptureFixture[str]) -> None:
    configured_console(level="WARNING")

    logger.info("not shown")

    assert capsys.readouterr().err == ""


def test_a_logged_traceback_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    configured_console()
    password = "hunter2" * 2

    try:
        int(password)
    except ValueError as error:
        logger.opt(exception=type(error)("no number").with_traceback(error.__traceback__)).error("failed")

    told = capsys.readouterr().err
    assert "int(password)" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("given", [None, "true"])
def test_libraries_report_home_only_if_the_user_asked_for_it(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZENML_ANALYTICS_OPT_IN")
    if given is not None:
        monkeypatch.setenv("ZENML_ANALYTICS_OPT_IN", given)

    configured_console()

    assert os.environ["ZENML_ANALYTICS_OPT_IN"] == (given or "false")

"""What all command lines share: how they log, and how they end on an error."""

import functools
import logging  # noqa: TID251 - trafilatura and SageMaker log through it
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from loguru import logger

from llm_engineering.domain.errors import TwinError

P = ParamSpec("P")
R = TypeVar("R")

_FORMAT = "<dim>{time:HH:mm:ss}</dim> <level>{level: <7}</level> {message}"


def configured_console(level: str = "INFO") -> None:
    """Send log lines to standard error, and keep libraries from reporting home unless the user asked for it."""
    logger.remove()
    # Without `diagnose`, a traceback does not print the values of variables, which may be secrets.
    logger.add(_to_stderr, level=level, format=_FORMAT, diagnose=False, colorize=sys.stderr.isatty())
    # It reports each page without an article; the crawl's own report says so with the link.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    os.environ.setdefault("ZENML_ANALYTICS_OPT_IN", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # ZenML needs this version of SageMaker's SDK, which tells at each start that there is a newer one, and which files
    # it does not find.
    os.environ.setdefault("SAGEMAKER_SUPPRESS_V2_WARNING", "1")
    logging.getLogger("sagemaker.config").addFilter(_is_a_warning)


def _is_a_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _to_stderr(line: str) -> None:
    """Write to what standard error is now: a progress bar replaces it, so that lines appear above the bar."""
    sys.stderr.write(line)


def told_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command print the project's own errors without a traceback and exit with 1; others pass."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except TwinError as error:
            raise click.ClickException(f"{error.problem}\n  {error.remedy}") from error

    return wrapped

"""Runs on a stack that executes steps on other machines: what they need, checked before anything is sent there."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import click
from pydantic import BaseModel
from zenml.enums import ExecutionMode
from zenml.models import PipelineRunResponse

from llm_engineering.application.crawl.links import LocalLink, parse_link
from llm_engineering.application.crawl.sources import Source
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.suggestions import did_you_mean
from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.aws.errors import named_error
from llm_engineering.infrastructure.zenml_stacks.aws_places import check_bucket, check_image
from llm_engineering.infrastructure.zenml_stacks.components import docker_settings
from llm_engineering.infrastructure.zenml_stacks.remote_stack import (
    SAGEMAKER,
    RemoteStack,
    active_remote_stack,
    check_extra,
    check_reach,
)
from llm_engineering.infrastructure.zenml_stacks.run_settings import invocations_of, setting_faults
from llm_engineering.infrastructure.zenml_stacks.sending import SentRun, not_sent, wait_ended
from llm_engineering.settings import Settings
from tools.run_configuration import RunConfiguration
from tools.run_summary import print_run
from tools.zenml_server import checked_zenml_server

_DOCKER: Final = "docker"
_ORCHESTRATOR: Final = "orchestrator"
_WAIT_ENDED: Final = "Timed out while waiting for pipeline execution"
"""ZenML says so after 50 minutes, and as well if a run fails before."""
_PATHS: Final = ("/", "~", "./", "../", "file://")


class UnfitForTheStackError(InvalidInputError):
    """A run cannot work on the stack that is active."""

    def __init__(self, stack: str, faults: Sequence[str], remedy: str) -> None:
        lines = "".join(f"\n  - {fault}" for fault in faults)
        super().__init__(
            f"The stack {stack!r}, which is active, cannot run this:{lines}", remedy=f"Nothing was sent. {remedy}"
        )
        self.stack = stack
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PlacedOptions:
    """The settings of a run and of its steps, as ZenML gets them."""

    settings: dict[str, Any]
    steps: dict[str, dict[str, Any]]
    execution_mode: ExecutionMode | None
    """What happens after a failure; None leaves it to the pipeline."""


def check_remote_runs(
    configurations: Sequence[RunConfiguration[FrozenModel]], bound: Mapping[str, str], stores: Collection[str]
) -> RemoteStack | None:
    """See that runs can work on the stack that is active, if it runs steps on other machines, and return it.

    Args:
        configurations: Of the runs, in their order.
        bound: Why some of them can run on this machine only, by their flag.
        stores: What they need: "documents", "vectors".

    Returns:
        None if the stack runs steps on this machine: nothing was checked then.

    Raises:
        ZenmlServerSilentError: ZenML's client is connected to a server that does not answer.
        AwsExtraMissingError: The libraries of AWS are not installed.
        UnfitForTheStackError: One of the runs cannot work there.
        ServerOutOfReachError: Steps could not report.
        StoresOutOfReachError: A store is not set for the steps, or lies on this machine.
        PlaceMissingError: The bucket is not there.
        ImageMissingError: The image is not.
        AwsError: AWS refused to say, as without a sign-in.
    """
    checked_zenml_server()
    stack = active_remote_stack()
    if stack is None:
        return None
    check_extra(stack.flavor)
    home = "`poetry poe set-local-stack` goes back to this machine."
    if bound:
        faults = [f"--{flag} runs on this machine only: {reason}" for flag, reason in bound.items()]
        raise UnfitForTheStackError(stack.name, faults, home)
    waits = [stack.waits(configuration.settings) for configuration in configurations[:-1]]
    if not all(waits):
        fault = "several pipelines in one command, of which the next would begin before the last has ended"
        raise UnfitForTheStackError(
            stack.name, [fault], "Run them one by one, or set `settings: {orchestrator: {synchronous: true}}`."
        )
    faults = [fault for each in configurations for fault in _local_faults(each.parameters)]
    if faults:
        raise UnfitForTheStackError(stack.name, faults, f"Steps do not see the files of this machine. {home}")
    settings = Settings()
    check_reach(stack, stores, settings.settings_secret_name)
    if stack.flavor == SAGEMAKER and stack.is_own:
        _check_places(stack, settings, own_image=all(_DOCKER not in each.settings for each in configurations))
    return stack


def _check_places(stack: RemoteStack, settings: Settings, *, own_image: bool) -> None:
    """See that AWS lets this user in, and that what a run needs there is there: better now than after ten minutes."""
    calls = _calls(stack, AwsAccess.of(settings))
    if stack.bucket is not None:
        check_bucket(calls, stack.bucket, calls.region)
    if stack.image is not None and own_image:
        check_image(calls, stack.image)


def placed_options(
    configuration: RunConfiguration[FrozenModel], stack: RemoteStack | None, step_names: Callable[[], Sequence[str]]
) -> PlacedOptions:
    """Return the settings of a run as ZenML gets them, for the stack that is active.

    Args:
        configuration: Of the run.
        stack: Where its steps run; None for this machine.
        step_names: Gives the names of all steps of the pipeline.

    Raises:
        UnfitForTheStackError: A name or a value is unknown.
    """
    is_sagemaker = stack is not None and stack.flavor == SAGEMAKER
    faults = setting_faults(configuration.settings, "settings", is_sagemaker=is_sagemaker)
    known = step_names() if configuration.steps else ()
    steps: dict[str, dict[str, Any]] = {}
    for name, options in configuration.steps.items():
        invocations = invocations_of(name, known, list(configuration.steps))
        if not invocations:
            faults.append(f"unknown step 'steps.{name}'.{did_you_mean(name, known)} Steps are: {', '.join(known)}")
        faults += setting_faults(options.settings, f"steps.{name}.settings", is_sagemaker=is_sagemaker)
        if options.step_operator and stack is not None and stack.step_operator is None:
            faults.append(
                f"'steps.{name}.step_operator': the stack has none; `step_operator` of aws_stack.yaml adds it"
            )
        operator = {"step_operator": stack.step_operator} if options.step_operator and stack is not None else {}
        steps.update({each: {"settings": dict(options.settings), **operator} for each in invocations})
    if faults:
        raise UnfitForTheStackError(
            stack.name if stack else "default", faults, "Correct the file of the run and try again."
        )
    settings = dict(configuration.settings)
    if stack is not None and stack.is_own:
        settings.setdefault(_DOCKER, docker_settings(stack.image))
    if stack is not None and stack.instance_type is not None:
        settings = _with_instance(settings, stack.instance_type)
        inherited = _instance(settings) or stack.instance_type
        steps = {
            name: {**options, "settings": _with_instance(options["settings"], inherited)}
            for name, options in steps.items()
        }
    return PlacedOptions(settings, steps, None if stack is None else stack.execution_mode)


@contextmanager
def sent(stack: RemoteStack | None, pipeline: str, run_name: str, begun: datetime) -> Iterator[None]:
    """Send a run to a stack; an error of AWS says what exists there.

    Args:
        stack: Where; None for this machine, and then this does nothing.
        pipeline: Name of the pipeline.
        run_name: Of the run in ZenML.
        begun: When it was begun.

    Raises:
        RunNotSentError: AWS refused something.
        RunWaitEndedError: The run was sent, and its success was waited for in vain.
    """
    if stack is None or stack.flavor != SAGEMAKER:
        yield
        return
    access = AwsAccess.of(Settings())
    with _signed_in(access):
        try:
            yield
        except Exception as error:
            if isinstance(error, RuntimeError) and _WAIT_ENDED in str(error):
                raise wait_ended(_calls(stack, access), pipeline=pipeline, run_name=run_name, begun=begun) from error
            named = named_error(f"sagemaker.{getattr(error, 'operation_name', 'a call')}", error)
            if not isinstance(named, TwinError):
                raise
            calls = _calls(stack, access)
            raise not_sent(calls, named, pipeline=pipeline, run_name=run_name, begun=begun) from error


def tell_run(run: PipelineRunResponse) -> None:
    """Print the figures of a run that has ended, or where one that goes on can be watched."""
    if run.status.is_finished:
        print_run(run)
    else:
        click.echo("\n".join(SentRun.of(run).lines))


def _calls(stack: RemoteStack, access: AwsAccess) -> BotoCalls:
    where = AwsAccess(stack.region or access.region, access.access_key, access.secret_key)
    return BotoCalls.connect(where, purpose="a run")


@contextmanager
def _signed_in(access: AwsAccess) -> Iterator[None]:
    """Let ZenML, which asks AWS by itself, sign in with the keys of the settings, if there are any."""
    if access.access_key is None or access.secret_key is None:
        yield
        return
    given = {"AWS_ACCESS_KEY_ID": access.access_key, "AWS_SECRET_ACCESS_KEY": access.secret_key.get_secret_value()}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _local_faults(value: object) -> Iterator[str]:
    """Yield a line for each source below a value that is a file or folder of this machine."""
    if isinstance(value, Source):
        if isinstance(parse_link(value.link), LocalLink):
            yield f"{value.link!r} is a file or folder of this machine"
    elif isinstance(value, str) and value.startswith(_PATHS):
        yield f"{value!r} is a file or folder of this machine"
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _local_faults(getattr(value, name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _local_faults(each)


def _instance(settings: Mapping[str, Any]) -> str | None:
    return next((each["instance_type"] for key, each in settings.items() if key.startswith(_ORCHESTRATOR)), None)


def _with_instance(settings: Mapping[str, Any], instance_type: str) -> dict[str, Any]:
    """Return settings that name an instance wherever they say anything of the orchestrator.

    ZenML fills in one of its own there otherwise, which would count more than that of the stack.
    """
    return {
        key: {"instance_type": instance_type, **values} if key.startswith(_ORCHESTRATOR) else values
        for key, values in settings.items()
    }

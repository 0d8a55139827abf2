"""Registers the stacks that pipelines run on, and the settings of steps: `python -m tools.stacks --help`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.sagemaker_calls import dry_run_option, opened_calls

if TYPE_CHECKING:
    from llm_engineering.infrastructure.zenml_stacks.calls import ZenmlCalls
    from llm_engineering.infrastructure.zenml_stacks.configuration import AwsStack, PlacedStack
    from llm_engineering.infrastructure.zenml_stacks.exported_settings import ExportedSettings
    from llm_engineering.settings import Settings

STACK_CONFIG = "aws_stack.yaml"

stack_config_option = click.option(
    "--config", default=STACK_CONFIG, show_default=True, help="A path, or a file in configs/."
)


@click.group(
    context_settings={"max_content_width": 120},
    help="""Say where pipelines run: on this machine, or each step as a job of AWS SageMaker.

    \b
      python -m tools.stacks set-aws --dry-run
      python -m tools.stacks set-aws
      python -m tools.run --run-end-to-end-data
      python -m tools.stacks set-local

    Each command may be run again, and shows its calls with --dry-run. docs/stacks.md says what a remote stack needs:
    a ZenML server, MongoDB and Qdrant that jobs can reach, a bucket, a repository and a role.""",
)
def main() -> None:
    """Do what the command says."""


@main.command("set-aws")
@stack_config_option
@dry_run_option
@told_errors
def set_aws(*, config: str, dry_run: bool) -> None:
    """Register the AWS stack of the configuration in ZenML, or bring it to what that says, and make it the active one.

    The settings of .env go into ZenML's secret if there is none yet; `export-settings` changes it.
    """
    configured_console()
    from llm_engineering.infrastructure.zenml_stacks.aws_places import check_places
    from llm_engineering.infrastructure.zenml_stacks.components import components_of
    from llm_engineering.infrastructure.zenml_stacks.registering import StackWanted, registered
    from llm_engineering.infrastructure.zenml_stacks.remote_stack import check_extra
    from llm_engineering.infrastructure.zenml_stacks.settings_secret import export_settings, secret_names
    from llm_engineering.settings import Settings

    stack = stack_configuration(config)
    check_extra()
    settings = Settings()
    say = _said(dry_run=dry_run)
    aws = opened_calls(
        settings.model_copy(update={"aws_region": stack.region or settings.aws_region}),
        f"the stack {stack.name!r}",
        dry_run=dry_run,
        needs_sign_in=False,
    )
    placed = _placed(stack, settings, aws.region, str(aws.call("sts", "get_caller_identity")["Account"]), dry_run)
    _checked(lambda: check_places(aws, placed, say), dry_run=dry_run)
    calls = opened_zenml(dry_run=dry_run)
    secret = settings.settings_secret_name
    if secret_names(calls, secret) is None:
        export_settings(calls, secret, _told_export(settings), say)
    else:
        say(f"secret {secret} is there already; `poetry poe export-settings-to-zenml` brings it to what .env says")
    registered(calls, StackWanted(stack.name, components_of(placed), secret, placed.image), say)
    _tell_server()


@main.command("set-local")
@dry_run_option
@told_errors
def set_local(*, dry_run: bool) -> None:
    """Run pipelines on this machine again: ZenML's own stack `default`, which it always has."""
    configured_console()
    from zenml.constants import DEFAULT_STACK_AND_COMPONENT_NAME

    opened_zenml(dry_run=dry_run).call("activate_stack", stack_name_id_or_prefix=DEFAULT_STACK_AND_COMPONENT_NAME)
    if not dry_run:
        click.echo(f"stack {DEFAULT_STACK_AND_COMPONENT_NAME} is the active one: pipelines run on this machine")


@main.command("export-settings")
@dry_run_option
@told_errors
def export_settings_command(*, dry_run: bool) -> None:
    """Bring ZenML's secret to the settings of .env and of the environment, from which steps elsewhere have theirs.

    Names are printed, values never. What belongs to this machine is left out, and so are keys of AWS.
    """
    configured_console()
    from llm_engineering.infrastructure.zenml_stacks.settings_secret import export_settings
    from llm_engineering.settings import Settings

    settings = Settings()
    exported = _told_export(settings)
    export_settings(opened_zenml(dry_run=dry_run), settings.settings_secret_name, exported, _said(dry_run=dry_run))


@main.command("delete-settings")
@dry_run_option
@told_errors
def delete_settings_command(*, dry_run: bool) -> None:
    """Delete ZenML's secret with the settings; the stacks stay."""
    configured_console()
    from llm_engineering.infrastructure.zenml_stacks.settings_secret import delete_settings
    from llm_engineering.settings import Settings

    delete_settings(opened_zenml(dry_run=dry_run), Settings().settings_secret_name, _said(dry_run=dry_run))


def stack_configuration(config: str) -> "AwsStack":
    """Return what a YAML file says of the AWS stack.

    Raises:
        ConfigurationError: It cannot be used.
    """
    from llm_engineering.infrastructure.zenml_stacks.configuration import AwsStack
    from tools.run_configuration import configuration_path, run_configuration

    return run_configuration(configuration_path(config), AwsStack).parameters


def opened_zenml(*, dry_run: bool) -> "ZenmlCalls":
    """Return how ZenML is called: for real, or so that changes are only printed.

    Raises:
        ZenmlServerSilentError: ZenML's client is connected to a server that does not answer.
    """
    from llm_engineering.infrastructure.zenml_stacks.calls import ClientCalls, ShownCalls
    from tools.zenml_server import checked_zenml_server

    checked_zenml_server()
    calls = ClientCalls()
    return ShownCalls(click.echo, calls) if dry_run else calls


def _placed(stack: "AwsStack", settings: "Settings", region: str, account: str, dry_run: bool) -> "PlacedStack":
    from llm_engineering.infrastructure.aws.dry_run import EXAMPLE_ACCOUNT
    from llm_engineering.infrastructure.aws.errors import RoleMissingError
    from llm_engineering.infrastructure.zenml_stacks.configuration import PlacedStack
    from tools.sagemaker_calls import STANDARD_ROLE

    role = stack.execution_role or settings.aws_arn_role
    if role is None:
        if not dry_run:
            raise RoleMissingError
        role = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{STANDARD_ROLE}"
        click.echo(f"(AWS_ARN_ROLE is not set: shown with {role}.)", err=True)
    return PlacedStack.of(stack, account=account, region=region, role=role)


def _checked(check: Callable[[], None], *, dry_run: bool) -> None:
    """Make a check; a dry run goes on after telling what it found."""
    from llm_engineering.domain.errors import TwinError

    try:
        check()
    except TwinError as error:
        if not dry_run:
            raise
        click.echo(f"({error.problem} {error.remedy})", err=True)


def _told_export(settings: "Settings") -> "ExportedSettings":
    from dotenv import dotenv_values

    from llm_engineering.infrastructure.zenml_stacks.exported_settings import exported_settings

    file = settings.model_config.get("env_file")
    exported = exported_settings(settings, dotenv_values(file) if isinstance(file, str) else ())
    click.echo(f"exported: {', '.join(exported.values)}", err=True)
    for each in exported.left_out:
        click.echo(f"left out: {each.name} ({each.reason})", err=True)
    return exported


def _tell_server() -> None:
    """Say what is still missing for a run, which a registration can do without."""
    from zenml.client import Client

    if Client().zen_store.is_local_store():
        click.echo(
            "ZenML keeps its records on this machine, where jobs cannot report to: before a run, connect to a server "
            "(`zenml login <address>`) and run this command again there.",
            err=True,
        )


def _said(*, dry_run: bool) -> Callable[[str], None]:
    """Return where steps are told; of a dry run the calls are shown instead."""

    def say(text: str) -> None:
        if not dry_run:
            click.echo(f"- {text}", err=True)

    return say


if __name__ == "__main__":
    main()

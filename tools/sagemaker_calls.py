"""What the commands for SageMaker share: how AWS is called, for real or to be shown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from llm_engineering.infrastructure.aws.calls import AwsCalls
    from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint
    from llm_engineering.infrastructure.aws.endpoint_requests import EndpointRequests
    from llm_engineering.infrastructure.aws.waiting import Waiting
    from llm_engineering.settings import Settings

CONFIG = "inference_endpoint.yaml"
STANDARD_ROLE = "llm-twin-execution"

config_option = click.option("--config", default=CONFIG, show_default=True, help="A path, or a file in configs/.")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Change nothing; print every call that would be made, without secrets."
)


def endpoint_configuration(config: str) -> "InferenceEndpoint":
    """Return what a YAML file says of an endpoint.

    Raises:
        ConfigurationError: It cannot be used.
    """
    from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint
    from tools.run_configuration import configuration_path, run_configuration

    return run_configuration(configuration_path(config), InferenceEndpoint).parameters


def opened_calls(settings: "Settings", purpose: str, *, dry_run: bool, needs_sign_in: bool = True) -> "AwsCalls":
    """Return how AWS is called.

    Args:
        settings: As whom, and where.
        purpose: What is to be done, for errors.
        dry_run: Whether calls that change something are only printed.
        needs_sign_in: Whether a dry run makes no sense without knowing what is there.

    Raises:
        AwsMissingError: boto3 is not installed, or there is no region.
        AwsSignInError: Nobody is signed in.
    """
    from llm_engineering.infrastructure.aws.calls import BotoCalls
    from llm_engineering.infrastructure.aws.clients import AwsAccess
    from llm_engineering.infrastructure.aws.dry_run import DryRunCalls
    from llm_engineering.infrastructure.aws.errors import AwsBusyError, AwsSignInError

    calls = BotoCalls.connect(AwsAccess.of(settings), purpose=purpose)
    if not dry_run:
        return calls
    try:
        calls.call("sts", "get_caller_identity")
    except (AwsSignInError, AwsBusyError) as error:
        if needs_sign_in:
            raise
        click.echo(f"({error.problem})\n(Nobody is signed in: shown as if nothing were there.)", err=True)
        return DryRunCalls(click.echo, None, calls.region)
    return DryRunCalls(click.echo, calls, calls.region)


def endpoint_requests(
    settings: "Settings", endpoint: "InferenceEndpoint", region: str, say: Callable[[str], None], *, dry_run: bool
) -> "EndpointRequests":
    """Return what AWS is to be asked for.

    Raises:
        RoleMissingError: It is not set which role the container runs as.
        InvalidInputError: The prompt contract of the model cannot be read.
    """
    from llm_engineering.infrastructure.aws.dry_run import EXAMPLE_ACCOUNT
    from llm_engineering.infrastructure.aws.endpoint_requests import EndpointRequests
    from llm_engineering.infrastructure.aws.errors import RoleMissingError
    from llm_engineering.infrastructure.aws.served_contract import contract_tags

    role, token = settings.aws_arn_role, settings.huggingface_access_token
    if role is None:
        if not dry_run:
            raise RoleMissingError
        role = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{STANDARD_ROLE}"
        click.echo(f"(AWS_ARN_ROLE is not set: shown with {role}.)", err=True)
    return EndpointRequests(
        endpoint,
        role=role,
        region=region,
        hub_token=token.get_secret_value() if token else None,
        contract_tags=contract_tags(endpoint.model, token, say),
    )


def waiting(endpoint: "InferenceEndpoint", done: list[str], *, dry_run: bool) -> "Waiting":
    """Return how long to wait; each line that is said is kept in `done`, too."""
    from llm_engineering.infrastructure.aws.waiting import Waiting

    def say(text: str) -> None:
        done.append(text)
        click.echo(f"- {text}", err=True)

    def silent(text: str) -> None:
        done.append(text)  # nothing was done: the calls are what is shown

    return Waiting(seconds=endpoint.wait_minutes * 60, say=silent if dry_run else say)

"""Makes the user that deploys and the role that containers run as; commands of `tools.sagemaker`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llm_engineering.domain.errors import InvalidInputError
from tools.console import configured_console, told_errors
from tools.sagemaker_calls import (
    STANDARD_ROLE,
    config_option,
    dry_run_option,
    endpoint_configuration,
    opened_calls,
)

if TYPE_CHECKING:
    from llm_engineering.infrastructure.aws.roles import Caller

STANDARD_USER = "llm-twin-deployer"
KEYS_FILE = "aws_keys.env"


class OtherStackRegionError(InvalidInputError):
    """The rights would be for another region than the stack."""

    def __init__(self, stack: str, here: str) -> None:
        super().__init__(
            f"The stack is in {stack}, and the rights would be for {here}.",
            remedy="Set AWS_REGION to the region of the stack, and run this again.",
        )


pipelines_option = click.option(
    "--pipelines/--no-pipelines",
    default=None,
    help="Give, or take away, what runs on the AWS stack need (docs/stacks.md).  [default: leave it as it is]",
)
stack_config_option = click.option(
    "--stack-config",
    default="aws_stack.yaml",
    show_default=True,
    help="With --pipelines: the stack; a path, or a file in configs/.",
)


@click.command(
    "create-role",
    help="""Make the user of AWS that deploys, with the permissions that the commands here need and no others.

    Run it as an administrator of the account. It may be run again: what is there is brought to what the policy says.
    The key of a new user is written to a file that only you can read; copy its lines to .env and delete it. With
    --no-keys no key is made, for users that sign in by other means. The policy is
    llm_engineering/infrastructure/aws/policies/deployer.json; docs/sagemaker.md explains it.""",
)
@config_option
@click.option("--user", default=STANDARD_USER, show_default=True, help="Name of the user.")
@click.option("--role", default=STANDARD_ROLE, show_default=True, help="The execution role that it may hand on.")
@click.option(
    "--keys-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(KEYS_FILE),
    show_default=True,
    help="Where a new key is written, with rights 0600.",
)
@click.option("--no-keys", is_flag=True, help="Make no key.")
@pipelines_option
@stack_config_option
@dry_run_option
@told_errors
def create_role(
    *,
    config: str,
    user: str,
    role: str,
    keys_file: Path,
    no_keys: bool,
    pipelines: bool | None,
    stack_config: str,
    dry_run: bool,
) -> None:
    """Make the user that deploys."""
    configured_console()
    from llm_engineering.infrastructure.aws.roles import PIPELINE_POLICIES, Caller, make_deployer
    from llm_engineering.settings import Settings

    endpoint = endpoint_configuration(config)
    calls = opened_calls(Settings(), "a user", dry_run=dry_run, needs_sign_in=False)
    caller = Caller.of(calls)
    values = {
        "account": caller.account,
        "partition": caller.partition,
        "region": calls.region,
        "name": endpoint.name,
        "execution_role": role,
        **(pipeline_values(stack_config, caller, calls.region) if pipelines else {}),
    }
    made = make_deployer(
        calls,
        user,
        values,
        _said(dry_run=dry_run),
        keys_file=None if no_keys or dry_run else keys_file,
        without=() if pipelines is None else PIPELINE_POLICIES,
    )
    if dry_run:
        if not no_keys:
            click.echo(
                f"iam.create_access_key, if {user} has none; it would be written to {keys_file} with rights 0600"
            )
        return
    if made.keys_file is not None:
        click.echo(f"The key of {user} is in {made.keys_file}. Copy its two lines to .env, then delete the file.")
    elif made.existing_keys and not no_keys:
        first = made.existing_keys[0]
        click.echo(
            f"{user} has a key already ({', '.join(made.existing_keys)}), and none was made. If it is lost, run "
            f"`aws iam delete-access-key --user-name {user} --access-key-id {first}`, then this again."
        )


@click.command(
    "create-execution-role",
    help="""Make the role that containers in SageMaker run as.

    It may pull the image of the configuration and write its own logs and metrics. If the model lies in S3, it may read
    that folder, and if questions are to be kept, write to that one; nothing else. Run it as an administrator of the
    account; it may be run again. It prints the line for .env.
    The policies are the files execution_*.json in llm_engineering/infrastructure/aws/policies.""",
)
@config_option
@click.option("--role", default=STANDARD_ROLE, show_default=True, help="Name of the role.")
@pipelines_option
@stack_config_option
@dry_run_option
@told_errors
def create_execution_role(*, config: str, role: str, pipelines: bool | None, stack_config: str, dry_run: bool) -> None:
    """Make the role that containers run as."""
    configured_console()
    from llm_engineering.infrastructure.aws.roles import (
        PIPELINE_POLICIES,
        Caller,
        folder_values,
        image_values,
        make_execution_role,
    )
    from llm_engineering.settings import Settings

    endpoint = endpoint_configuration(config)
    capture = endpoint.data_capture
    named = {
        "name": endpoint.name,
        **image_values(endpoint.image),
        **folder_values(endpoint.model.s3_uri),
        # What is captured lies in folders below the named one.
        **folder_values(f"{capture.s3_uri.rstrip('/')}/" if capture else None, "capture_"),
    }
    calls = opened_calls(Settings(), "a role", dry_run=dry_run, needs_sign_in=False)
    caller = Caller.of(calls)
    values = {
        **named,
        "account": caller.account,
        "partition": caller.partition,
        "region": calls.region,
        "execution_role": role,
        **(pipeline_values(stack_config, caller, calls.region) if pipelines else {}),
    }
    without = () if pipelines is None else PIPELINE_POLICIES
    arn = make_execution_role(calls, role, values, _said(dry_run=dry_run), without=without)
    if not dry_run:
        click.echo(f"AWS_ARN_ROLE={arn}")


def pipeline_values(config: str, caller: "Caller", region: str) -> dict[str, str]:
    """Return the values of the policies of pipelines for a stack.

    Raises:
        ConfigurationError: The file cannot be used.
        OtherStackRegionError: The stack is in another region.
        UnplacedValueError: A name in it is none of AWS.
    """
    from llm_engineering.infrastructure.zenml_stacks.configuration import PlacedStack, policy_values
    from tools.stacks import stack_configuration

    stack = stack_configuration(config)
    if stack.region not in {None, region}:
        raise OtherStackRegionError(str(stack.region), region)
    return policy_values(PlacedStack.of(stack, account=caller.account, region=region, role=""))


def _said(*, dry_run: bool) -> Callable[[str], None]:
    """Return where steps are told; of a dry run the calls are shown instead."""

    def say(text: str) -> None:
        if not dry_run:
            click.echo(f"- {text}", err=True)

    return say

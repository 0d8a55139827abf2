"""Sees to the jobs that train and evaluate on SageMaker; commands of `tools.sagemaker`."""

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from llm_engineering.domain.errors import InvalidInputError
from tools.console import configured_console, told_errors
from tools.sagemaker_calls import STANDARD_ROLE, dry_run_option, opened_calls
from tools.sagemaker_roles import STANDARD_USER

if TYPE_CHECKING:
    from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob

CONFIG = "training_sagemaker.yaml"

job_config_option = click.option(
    "--config", default=CONFIG, show_default=True, help="Of a training or an evaluation: a path, or a file in configs/."
)


class NoJobConfiguredError(InvalidInputError):
    """A file says nothing of jobs."""

    def __init__(self, config: str) -> None:
        super().__init__(
            f"{config} has no `sagemaker:`.", remedy=f"Name a file that has it, such as {CONFIG}, with --config."
        )


def job_configuration(config: str) -> "SageMakerJob":
    """Return what a file of a training or an evaluation says of its job.

    Raises:
        ConfigurationError: It cannot be used.
        NoJobConfiguredError: It says nothing of it.
    """
    from pipelines.parameters import Evaluating, Training
    from tools.run_configuration import configuration_path, run_configuration

    path = configuration_path(config)
    is_evaluation = "evaluat" in path.stem
    parameters = run_configuration(path, Evaluating if is_evaluation else Training).parameters
    job: SageMakerJob | None = getattr(parameters, "sagemaker", None)
    if job is None:
        raise NoJobConfiguredError(config)
    return job


@click.command("jobs")
@job_config_option
@told_errors
def jobs(*, config: str) -> None:
    """List the jobs of the configured name, the newest first, with what each took."""
    configured_console()
    from llm_engineering.infrastructure.aws.job_running import described_jobs
    from llm_engineering.settings import Settings

    job = job_configuration(config)
    calls = opened_calls(Settings(), "training jobs", dry_run=False)
    found = described_jobs(calls, job.name)
    if not found:
        click.echo(f"There is no job of {job.name} in {calls.region}.")
        return
    table = Table("job", "status", "instance", "minutes", "billable s", "reason", title=f"Jobs in {calls.region}")
    for each in found:
        table.add_row(
            str(each["TrainingJobName"]),
            str(each.get("SecondaryStatus") or each["TrainingJobStatus"]),
            str(each.get("ResourceConfig", {}).get("InstanceType", "")),
            f"{int(each.get('TrainingTimeInSeconds') or 0) / 60:.0f}",
            str(each.get("BillableTimeInSeconds") or ""),
            str(each.get("FailureReason") or "")[:200],
        )
    Console().print(table)


@click.command("stop-job")
@click.argument("name")
@told_errors
def stop_job(*, name: str) -> None:
    """Stop a job; what it has trained until its last checkpoint stays, and its pipeline goes on from there."""
    configured_console()
    from llm_engineering.infrastructure.aws.job_running import stop_job as stopped
    from llm_engineering.settings import Settings

    stopped(opened_calls(Settings(), f"the job {name!r}", dry_run=False), name)
    click.echo(f"{name} is told to stop; `python -m tools.sagemaker jobs` shows when it has.")


@click.command(
    "allow-training",
    help="""Let the execution role, and the user that deploys, do what training jobs need.

    Run it as an administrator, after create-execution-role and create-role, and again after a change of `name`,
    `image`, `output` or `checkpoints` in the file. The role may then read and write the one folder in S3, pull the one
    image and write its log; the user may start, follow and stop jobs of this name, and use that folder.
    The policies are execution_training.json and deployer_training.json in
    llm_engineering/infrastructure/aws/policies.""",
)
@job_config_option
@click.option("--role", default=STANDARD_ROLE, show_default=True, help="Name of the execution role.")
@click.option("--user", default=STANDARD_USER, show_default=True, help="Name of the user that starts jobs.")
@click.option("--no-user", is_flag=True, help="Change the role only.")
@dry_run_option
@told_errors
def allow_training_jobs(*, config: str, role: str, user: str, no_user: bool, dry_run: bool) -> None:
    """Give the rights that jobs need."""
    configured_console()
    from llm_engineering.infrastructure.aws.roles import Caller
    from llm_engineering.infrastructure.aws.training_roles import allow_training, training_values
    from llm_engineering.settings import Settings

    named = training_values(job_configuration(config))
    calls = opened_calls(Settings(), "a role", dry_run=dry_run, needs_sign_in=False)
    caller = Caller.of(calls)
    values = {
        **named,
        "account": caller.account,
        "partition": caller.partition,
        "region": calls.region,
        "execution_role": role,
    }

    def say(text: str) -> None:
        if not dry_run:
            click.echo(f"- {text}", err=True)

    allow_training(calls, role, None if no_user else user, values, say)

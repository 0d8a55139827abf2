"""Deploys, tests, changes and deletes an inference endpoint on SageMaker: `python -m tools.sagemaker --help`."""

import asyncio
import json
import time
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.sagemaker_calls import (
    config_option,
    dry_run_option,
    endpoint_configuration,
    endpoint_requests,
    opened_calls,
    waiting,
)
from tools.sagemaker_jobs import allow_training_jobs, jobs, stop_job
from tools.sagemaker_roles import create_execution_role, create_role

if TYPE_CHECKING:
    from llm_engineering.infrastructure.aws.calls import AwsCalls
    from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint
    from llm_engineering.infrastructure.language_models.sagemaker_endpoint import SageMakerModel

QUESTION = "What is a feature store? Answer in two sentences."


@click.group(
    context_settings={"max_content_width": 120},
    help="""Serve a model on AWS SageMaker, and see to jobs that train one there.

    \b
    Once for an account, as an administrator:
      python -m tools.sagemaker create-execution-role
      python -m tools.sagemaker create-role
    Then:
      python -m tools.sagemaker deploy --dry-run
      python -m tools.sagemaker deploy
      python -m tools.sagemaker test
      python -m tools.sagemaker status
      python -m tools.sagemaker delete

    Jobs that train and evaluate are started by the pipelines, with `where: sagemaker` in their files:
      python -m tools.sagemaker allow-training
      python -m tools.sagemaker jobs
      python -m tools.sagemaker stop-job NAME

    An endpoint costs money as long as an instance of it runs. docs/sagemaker.md says what is deployed, what it costs
    and which permissions are needed; configs/inference_endpoint.yaml says which model, image and instances.""",
)
def main() -> None:
    """Do what the command says."""


@main.command()
@config_option
@dry_run_option
@told_errors
def deploy(*, config: str, dry_run: bool) -> None:
    """Deploy the model of the configuration, and wait until it can be asked.

    May be run again at any time: it goes on from what is there, replaces what failed, and does nothing twice.
    """
    _changed(config, "deploy", dry_run=dry_run)


@main.command()
@config_option
@dry_run_option
@told_errors
def update(*, config: str, dry_run: bool) -> None:
    """Change an endpoint to what the configuration says now; it answers all the time.

    If the change fails, AWS goes back to what ran before, and the command says so.
    """
    _changed(config, "update", dry_run=dry_run)


@main.command()
@config_option
@click.option("--name", help="Name of the endpoint; by default that of the configuration.")
@dry_run_option
@told_errors
def delete(*, config: str, name: str | None, dry_run: bool) -> None:
    """Delete an endpoint with all that belongs to it: scaling, alarm, component, configurations, models.

    May be run again: what is deleted already is passed over, and what is left is told.
    """
    configured_console()
    from llm_engineering.infrastructure.aws.endpoint_deleting import delete_endpoint
    from llm_engineering.infrastructure.aws.endpoint_interruptions import told_state
    from llm_engineering.infrastructure.aws.endpoint_inventory import inventory
    from llm_engineering.settings import Settings

    endpoint = endpoint_configuration(config)
    endpoint_name = name or endpoint.name
    calls = opened_calls(Settings(), f"the endpoint {endpoint_name!r}", dry_run=dry_run)
    done: list[str] = []
    with told_state(calls, endpoint_name, done):
        delete_endpoint(calls, endpoint_name, waiting(endpoint, done, dry_run=dry_run))
        if dry_run:
            return
        left = inventory(calls, endpoint_name)
    if left.is_empty:
        click.echo(f"Nothing of {endpoint_name} is left in {calls.region}.")
        return
    click.echo("\n".join(["Still there; run this again:", *(f"  {line}" for line in left.lines)]))
    raise click.exceptions.Exit(1)


@main.command()
@config_option
@click.option("--name", help="Name of the endpoint; by default that of the configuration.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@told_errors
def status(*, config: str, name: str | None, as_json: bool) -> None:
    """Show what exists of an endpoint, how many instances run, and what they cost an hour."""
    configured_console()
    from llm_engineering.infrastructure.aws.endpoint_inventory import instance_type, inventory
    from llm_engineering.infrastructure.aws.endpoint_prices import hourly_price
    from llm_engineering.settings import Settings

    endpoint = endpoint_configuration(config)
    endpoint_name = name or endpoint.name
    calls = opened_calls(Settings(), f"the endpoint {endpoint_name!r}", dry_run=False)
    found = inventory(calls, endpoint_name)
    kind = instance_type(calls, found)
    price = hourly_price(calls, endpoint, kind) if found.endpoint.exists else None
    cost = price.of(found.instances) if price else "0.00 per hour: there is no endpoint"
    if as_json:
        amount = 0.0 if found.instances == 0 else price.amount if price else None
        figures = {
            "name": endpoint_name,
            "region": calls.region,
            "status": found.endpoint.status,
            "component": found.component.status,
            "instance_type": kind,
            "instances": found.instances,
            "copies": found.copies,
            "cost_per_hour": None if amount is None else amount * found.instances,
            "cost": cost,
            "exists": list(found.lines),
        }
        click.echo(json.dumps(figures, indent=2))
        return
    if found.is_empty:
        click.echo(f"There is nothing of {endpoint_name} in {calls.region}.")
        return
    click.echo("\n".join(found.lines))
    copies = "" if found.copies is None else f", {found.copies} copies of the model"
    click.echo(f"instances: {found.instances} x {kind or 'unknown'}{copies}\ncost: {cost}")


@main.command()
@config_option
@click.option("--query", default=QUESTION, show_default=True, help="What to ask.")
@click.option("--no-stream", is_flag=True, help="Ask for the whole answer at once.")
@told_errors
def test(*, config: str, query: str, no_stream: bool) -> None:
    """Ask an endpoint a question, and print the answer as it comes and how long it took.

    Asks the endpoint of SAGEMAKER_ENDPOINT_INFERENCE, or of the configuration, in the way of the service. Unlike the
    service it asks it under any prompt contract.
    """
    configured_console(level="WARNING")
    from llm_engineering.infrastructure.aws.clients import AwsAccess
    from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting
    from llm_engineering.infrastructure.aws.endpoint_requests import component_name
    from llm_engineering.infrastructure.language_models.sagemaker_endpoint import SageMakerModel
    from llm_engineering.infrastructure.language_models.timeouts import ModelTimeouts
    from llm_engineering.settings import Settings

    settings = Settings()
    name, component = settings.sagemaker_endpoint_inference, settings.sagemaker_component_inference
    if name is None:
        endpoint = endpoint_configuration(config)
        name = endpoint.name
        component = component or (component_name(name) if endpoint.hosting is Hosting.COMPONENT else None)
    timeouts = ModelTimeouts(
        connect=settings.language_model_connect_timeout_seconds,
        whole=settings.language_model_timeout_seconds,
        token=settings.language_model_token_timeout_seconds,
    )
    model = SageMakerModel.connect(name, AwsAccess.of(settings), timeouts, component=component)
    asyncio.run(_asked(model, query, is_streamed=not no_stream))


async def _asked(model: "SageMakerModel", query: str, *, is_streamed: bool) -> None:
    from llm_engineering.domain.language_models import ChatMessage, Completion, ModelRequest, Role

    request = ModelRequest(messages=(ChatMessage(role=Role.USER, content=query),), purpose="test of an endpoint")
    begin = time.perf_counter()
    first: float | None = None
    completion: Completion | None = None
    try:
        if is_streamed:
            async for piece in model.stream(request):
                if isinstance(piece, Completion):
                    completion = piece
                    continue
                first = first or time.perf_counter() - begin
                click.echo(piece, nl=False)
            click.echo()
        else:
            completion = await model.completion(request)
            click.echo(completion.text)
    finally:
        await model.close()
    seconds = time.perf_counter() - begin
    tokens = completion.usage.completion_tokens if completion else 0
    shown = "" if first is None else f"first words after {first:.2f} s, "
    rate = f", {tokens / seconds:.1f} tokens a second" if tokens else ""
    click.echo(f"\n{shown}all after {seconds:.2f} s, {tokens} tokens{rate}", err=True)


def _changed(config: str, verb: str, *, dry_run: bool) -> None:
    """Deploy or update."""
    configured_console()
    from llm_engineering.infrastructure.aws.endpoint_deploying import EndpointDeployment
    from llm_engineering.infrastructure.aws.endpoint_interruptions import told_state
    from llm_engineering.settings import Settings

    endpoint = endpoint_configuration(config)
    settings = Settings()
    calls = opened_calls(settings, f"the endpoint {endpoint.name!r}", dry_run=dry_run, needs_sign_in=verb == "update")
    done: list[str] = []
    patience = waiting(endpoint, done, dry_run=dry_run)
    requests = endpoint_requests(settings, endpoint, calls.region, patience.say, dry_run=dry_run)
    if not dry_run:
        _tell_price(calls, endpoint)
    deployment = EndpointDeployment(calls, requests, patience)
    try:
        with told_state(calls, endpoint.name, done):
            deployment.deploy() if verb == "deploy" else deployment.update()
    except KeyboardInterrupt:
        click.echo(
            "Stopped. AWS goes on with what it has begun, and what runs costs money: `poetry poe "
            "inference-endpoint-status` shows it, this command goes on with it, and `poetry poe "
            "delete-inference-endpoint` deletes it.",
            err=True,
        )
        raise
    if not dry_run:
        _tell_settings(endpoint)


def _tell_price(calls: "AwsCalls", endpoint: "InferenceEndpoint") -> None:
    from llm_engineering.infrastructure.aws.endpoint_prices import hourly_price

    most = endpoint.scaling.max_copies if endpoint.scaling else 1
    price = hourly_price(calls, endpoint, endpoint.instance_type)
    amount = f"{price.amount:g} {price.currency}" if price.amount is not None else "unknown"
    click.echo(
        f"Up to {most} x {endpoint.instance_type} in {calls.region}; one costs an hour: {amount} ({price.source})",
        err=True,
    )


def _tell_settings(endpoint: "InferenceEndpoint") -> None:
    """Print what makes the service use the endpoint."""
    from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting
    from llm_engineering.infrastructure.aws.endpoint_requests import component_name

    click.echo(f"{endpoint.name} is in service. The twin asks it with these lines in .env:", err=True)
    click.echo(f"SAGEMAKER_ENDPOINT_INFERENCE={endpoint.name}")
    if endpoint.hosting is Hosting.COMPONENT:
        click.echo(f"SAGEMAKER_COMPONENT_INFERENCE={component_name(endpoint.name)}")


for command in (create_role, create_execution_role, allow_training_jobs, jobs, stop_job):
    main.add_command(command)


if __name__ == "__main__":
    main()

"""Deletes an inference endpoint and all that belongs to it."""

from collections.abc import Callable
from contextlib import suppress

from llm_engineering.domain.errors import RetryableError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_inventory import (
    UNDER_WAY,
    Part,
    configurations_of,
    described_component,
    described_endpoint,
    models_of,
)
from llm_engineering.infrastructure.aws.endpoint_scaling import remove_scaling
from llm_engineering.infrastructure.aws.errors import AwsNotThereError
from llm_engineering.infrastructure.aws.waiting import Waiting


class DeletionFailedError(RetryableError):
    """AWS gave up deleting something."""

    def __init__(self, part: Part) -> None:
        super().__init__(
            f"{part.name} was not deleted and is {part.status}: {part.failure or 'AWS gives no reason'}.",
            remedy="Run the command again; what is deleted already is passed over.",
        )
        self.part = part


def delete_endpoint(calls: AwsCalls, name: str, waiting: Waiting) -> None:
    """Delete an endpoint and all that belongs to it; what is not there is passed over.

    The order is that in which AWS allows it: scaling, component, endpoint, configurations, models. Configurations and
    models are found by their names, so that also those are deleted whose endpoint is gone already.

    Raises:
        AwsError: AWS refused something; what came before it is deleted.
        DeletionFailedError: AWS gave up.
        WaitedTooLongError: AWS takes too long.
    """
    remove_scaling(calls, name, waiting.say)
    _delete_part(calls, waiting, lambda: described_component(calls, name), "inference_component")
    _delete_part(calls, waiting, lambda: described_endpoint(calls, name), "endpoint")
    for configuration in configurations_of(calls, name):
        with suppress(AwsNotThereError):
            calls.call("sagemaker", "delete_endpoint_config", EndpointConfigName=configuration)
        waiting.say(f"endpoint configuration {configuration} is deleted")
    for model in models_of(calls, name):
        with suppress(AwsNotThereError):
            calls.call("sagemaker", "delete_model", ModelName=model)
        waiting.say(f"model {model} is deleted")


def _delete_part(calls: AwsCalls, waiting: Waiting, look: Callable[[], Part], kind: str) -> None:
    """Delete an endpoint or a component, and wait until it is gone."""

    def stable() -> tuple[str, Part | None]:
        part = look()
        return part.status, None if part.status in UNDER_WAY - {"Deleting"} else part

    shown = kind.replace("_", " ")
    # AWS refuses to delete what it is still making.
    found = waiting.until_settled(shown, stable)
    if not found.exists:
        return
    if found.status != "Deleting":
        parameter = "EndpointName" if kind == "endpoint" else "InferenceComponentName"
        with suppress(AwsNotThereError):
            calls.call("sagemaker", f"delete_{kind}", **{parameter: found.name})

    def ended() -> tuple[str, Part | None]:
        part = look()
        # What had failed before may still be shown as failed for a moment.
        has_failed = part.status == "Failed" and found.status != "Failed"
        return part.status, part if has_failed or not part.exists else None

    left = waiting.until_settled(f"{shown} {found.name}", ended)
    if left.exists:
        raise DeletionFailedError(left)
    waiting.say(f"{shown} {found.name} is deleted")

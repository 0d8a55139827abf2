"""Deploys and updates an inference endpoint. Each step looks at what is there first, so that a run can be run again."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from llm_engineering.application.prompts.contract import ENDPOINT_TAG
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting
from llm_engineering.infrastructure.aws.endpoint_inventory import (
    UNDER_WAY,
    Part,
    configurations_of,
    described_component,
    described_endpoint,
    models_of,
)
from llm_engineering.infrastructure.aws.endpoint_requests import EndpointRequests
from llm_engineering.infrastructure.aws.endpoint_scaling import remove_scaling, set_scaling
from llm_engineering.infrastructure.aws.errors import AwsAlreadyThereError, AwsNotThereError
from llm_engineering.infrastructure.aws.waiting import Waiting

_NO_CAPACITY: Final = ("insufficientinstancecapacity", "insufficient capacity", "capacity error", "unable to provision")


class EndpointFailedError(TwinError):
    """An endpoint or an inference component did not start; what AWS says of it is told."""

    remedy_text = (
        "The log of the container says more (CloudWatch, log group /aws/sagemaker/Endpoints/<endpoint> or "
        "/aws/sagemaker/InferenceComponents/<component>). Correct the configuration and run the command again: what "
        "failed is replaced."
    )

    def __init__(self, part: Part) -> None:
        super().__init__(
            f"{part.name} is {part.status}: {part.failure or 'AWS gives no reason'}.", remedy=self.remedy_text
        )
        self.part = part


class NoCapacityError(EndpointFailedError):
    """AWS has no instance of this type left in the region."""

    remedy_text = (
        "AWS has no instance of this type left here. Run the command again later, or set another instance_type or "
        "AWS_REGION; what failed is replaced."
    )


class EndpointMissingError(InvalidInputError):
    """An endpoint that is to be changed does not exist."""

    def __init__(self, name: str, region: str) -> None:
        super().__init__(
            f"There is no endpoint {name!r} in {region}.",
            remedy="Deploy it with `poetry poe deploy-inference-endpoint`, or set AWS_REGION to where it is.",
        )


class OtherConfigurationError(InvalidInputError):
    """An endpoint runs with another configuration than the one that is given."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is in service with another configuration than this one.",
            remedy="Change it with `poetry poe update-inference-endpoint`.",
        )


class UpdateRolledBackError(TwinError):
    """AWS gave up an update and went back to what ran before."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The update of {name} did not come through, and it serves what it served before: "
            f"{reason or 'AWS gives no reason'}.",
            remedy="Correct the configuration and run the command again.",
        )


class EndpointDeployment:
    """Makes an endpoint what its configuration says.

    Models and configurations are never changed, as AWS has it: others are made, whose names are derived from what is in
    them, and those that are no longer used are deleted.

    Args:
        calls: How AWS is called.
        requests: What is wanted.
        waiting: How long is waited for each part; its `say` is given a line for each step.
    """

    def __init__(self, calls: AwsCalls, requests: EndpointRequests, waiting: Waiting) -> None:
        self._calls = calls
        self._requests = requests
        self._endpoint = requests.endpoint
        self._waiting = waiting
        self._say: Callable[[str], None] = waiting.say

    def deploy(self) -> None:
        """Make the endpoint, or go on with one that an earlier run has begun.

        Raises:
            AwsError: AWS refused something.
            EndpointFailedError: It did not start.
            OtherConfigurationError: It is in service with another configuration.
            WaitedTooLongError: It takes too long.
        """
        found = self._settled_endpoint()
        if found.status == "Failed":
            found = self._without_failed(found)
        self._require_same_configuration(found)
        self._make_model_and_configuration()
        if not found.exists:
            self._create(
                "endpoint",
                EndpointName=self._endpoint.name,
                EndpointConfigName=self._requests.configuration["EndpointConfigName"],
                Tags=self._requests.tags,
            )
            found = self._settled_endpoint()
        self._require_in_service(found)
        self._finish(found, may_change=False)

    def update(self) -> None:
        """Change the endpoint to what the configuration says; it serves all the time.

        Raises:
            AwsError: AWS refused something.
            EndpointMissingError: There is none.
            EndpointFailedError: It does not start.
            UpdateRolledBackError: The change failed and was taken back.
            WaitedTooLongError: It takes too long.
        """
        found = self._settled_endpoint()
        if not found.exists:
            raise EndpointMissingError(self._endpoint.name, self._calls.region)
        self._require_in_service(found)
        self._make_model_and_configuration()
        if found.details.get("EndpointConfigName") != self._requests.configuration["EndpointConfigName"]:
            found = self._changed_endpoint(found)
        self._finish(found, may_change=True)

    def _finish(self, found: Part, *, may_change: bool) -> None:
        """Bring in order what lies around an endpoint that is in service."""
        if self._endpoint.hosting is Hosting.COMPONENT:
            self._bring_component(may_change=may_change)
        set_scaling(self._calls, self._endpoint, self._say)
        self._set_contract(str(found.details["EndpointArn"]))
        self._delete_outdated()

    def _settled_endpoint(self) -> Part:
        """Return the endpoint when AWS is no longer at work on it."""

        def look() -> tuple[str, Part | None]:
            part = described_endpoint(self._calls, self._endpoint.name)
            return part.status, None if part.status in UNDER_WAY else part

        return self._waiting.until_settled(f"endpoint {self._endpoint.name}", look)

    def _settled_component(self) -> Part:
        def look() -> tuple[str, Part | None]:
            part = described_component(self._calls, self._endpoint.name)
            return part.status, None if part.status in UNDER_WAY else part

        return self._waiting.until_settled("inference component", look)

    def _without_failed(self, failed: Part) -> Part:
        """Delete an endpoint that failed: AWS lets nothing else be done with it."""
        self._say(f"endpoint {failed.name} failed before ({failed.failure or 'no reason given'}); it is made anew")
        self._calls.call("sagemaker", "delete_endpoint", EndpointName=failed.name)
        return self._settled_endpoint()

    def _require_same_configuration(self, found: Part) -> None:
        wanted = self._requests.configuration["EndpointConfigName"]
        if found.exists and found.details.get("EndpointConfigName") != wanted:
            raise OtherConfigurationError(found.name)

    def _require_in_service(self, part: Part) -> None:
        if part.status == "InService":
            return
        has_no_capacity = any(words in part.failure.lower() for words in _NO_CAPACITY)
        raise NoCapacityError(part) if has_no_capacity else EndpointFailedError(part)

    def _make_model_and_configuration(self) -> None:
        if self._requests.model["ModelName"] not in models_of(self._calls, self._endpoint.name):
            self._create("model", **self._requests.model)
        wanted = self._requests.configuration
        if wanted["EndpointConfigName"] not in configurations_of(self._calls, self._endpoint.name):
            self._create("endpoint_config", **wanted)

    def _create(self, kind: str, **request: object) -> None:
        name = next(value for key, value in request.items() if key.endswith("Name"))
        with suppress(AwsAlreadyThereError):  # made since it was looked for, by a run beside this one
            self._calls.call("sagemaker", f"create_{kind}", **request)
        self._say(f"{kind.replace('_', ' ')} {name} is made")

    def _changed_endpoint(self, found: Part) -> Part:
        """Change the configuration of an endpoint, and return it when it is in service again."""
        # AWS refuses another instance type as long as the variant is scaled.
        remove_scaling(self._calls, self._endpoint.name, self._say)
        wanted = self._requests.configuration["EndpointConfigName"]
        self._calls.call(
            "sagemaker",
            "update_endpoint",
            EndpointName=found.name,
            EndpointConfigName=wanted,
            RetainAllVariantProperties=False,
        )
        self._say(f"endpoint {found.name} is changed to {wanted}")
        changed = self._settled_endpoint()
        self._require_in_service(changed)
        if changed.details.get("EndpointConfigName") != wanted:
            raise UpdateRolledBackError(found.name, changed.failure)
        return changed

    def _bring_component(self, *, may_change: bool) -> None:
        request = self._requests.component
        found = self._settled_component()
        if found.status == "Failed":
            self._say(f"{found.name} failed before ({found.failure or 'no reason given'}); it is made anew")
            self._calls.call("sagemaker", "delete_inference_component", InferenceComponentName=found.name)
            found = self._settled_component()
        if not found.exists:
            self._create("inference_component", **request)
        elif _differs(found.details.get("Specification") or {}, request["Specification"]):
            if not may_change:
                raise OtherConfigurationError(found.name)
            self._calls.call(
                "sagemaker",
                "update_inference_component",
                InferenceComponentName=found.name,
                Specification=request["Specification"],
            )
            self._say(f"{found.name} is changed to {request['Specification']['ModelName']}")
        settled = self._settled_component()
        self._require_in_service(settled)
        if _differs(settled.details.get("Specification") or {}, request["Specification"]):
            raise UpdateRolledBackError(settled.name, settled.failure)

    def _set_contract(self, arn: str) -> None:
        """Make the tags of the endpoint those that are wanted: that of the contract goes with the model."""
        there = {
            str(tag["Key"]): str(tag["Value"])
            for tag in self._calls.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn)
        }
        wanted = {tag["Key"]: tag["Value"] for tag in self._requests.tags}
        new = [{"Key": key, "Value": value} for key, value in wanted.items() if there.get(key) != value]
        if new:
            self._calls.call("sagemaker", "add_tags", ResourceArn=arn, Tags=new)
        if ENDPOINT_TAG in there and ENDPOINT_TAG not in wanted:
            self._calls.call("sagemaker", "delete_tags", ResourceArn=arn, TagKeys=[ENDPOINT_TAG])

    def _delete_outdated(self) -> None:
        """Delete the configurations and models of earlier runs, which nothing uses any more."""
        wanted_configuration = self._requests.configuration["EndpointConfigName"]
        wanted_model = self._requests.model["ModelName"]
        for name in configurations_of(self._calls, self._endpoint.name):
            if name != wanted_configuration:
                with suppress(AwsNotThereError):
                    self._calls.call("sagemaker", "delete_endpoint_config", EndpointConfigName=name)
                self._say(f"deleted the endpoint configuration {name}, which is no longer used")
        for name in models_of(self._calls, self._endpoint.name):
            if name != wanted_model:
                with suppress(AwsNotThereError):
                    self._calls.call("sagemaker", "delete_model", ModelName=name)
                self._say(f"deleted the model {name}, which is no longer used")


def _differs(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a component is another one than is wanted, in what was asked for."""
    return any(
        _differs(there.get(key) or {}, value) if isinstance(value, Mapping) else there.get(key) != value
        for key, value in wanted.items()
    )

"""What exists of an endpoint in AWS, and what it costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_requests import (
    alarm_name,
    component_name,
    is_of_endpoint,
    scalable_targets,
)
from llm_engineering.infrastructure.aws.endpoint_scaling import is_registered, policies_of
from llm_engineering.infrastructure.aws.errors import AwsError, AwsNotThereError

ABSENT: Final = "absent"
UNDER_WAY: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
"""Statuses that change without anybody's doing."""


@dataclass(frozen=True, slots=True)
class Part:
    """An endpoint or an inference component, as AWS describes it."""

    name: str
    status: str
    """As AWS calls it, or `ABSENT`."""
    details: Mapping[str, Any]

    @property
    def failure(self) -> str:
        """Why it failed; empty if it did not."""
        return str(self.details.get("FailureReason") or "")

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return self.status != ABSENT


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that belongs to an endpoint."""

    name: str
    endpoint: Part
    component: Part
    configurations: tuple[str, ...]
    models: tuple[str, ...]
    targets: tuple[str, ...]
    """Resources that Application Auto Scaling knows."""
    policies: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not self.lines

    @property
    def instances(self) -> int:
        """Instances that run now, and are paid for."""
        variants = self.endpoint.details.get("ProductionVariants") or ()
        return sum(int(variant.get("CurrentInstanceCount") or 0) for variant in variants)

    @property
    def copies(self) -> int | None:
        """Copies of the inference component that run; None without one."""
        if not self.component.exists:
            return None
        return int((self.component.details.get("RuntimeConfig") or {}).get("CurrentCopyCount") or 0)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is there, for people; the parts that cost money first."""
        found = [
            f"{kind} {part.name}: {part.status}{f' ({part.failure[:300]})' if part.failure else ''}"
            for kind, part in (("endpoint", self.endpoint), ("inference component", self.component))
            if part.exists
        ]
        for kind, names in (
            ("endpoint configuration", self.configurations),
            ("model", self.models),
            ("scalable target", self.targets),
            ("scaling policy", self.policies),
            ("alarm", self.alarms),
        ):
            found += [f"{kind} {name}" for name in names]
        return tuple(found)


def inventory(calls: AwsCalls, name: str) -> Inventory:
    """Return what exists of an endpoint.

    Raises:
        AwsError: AWS refused to say.
    """
    targets = scalable_targets(name)
    alarms = calls.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[alarm_name(name)])
    return Inventory(
        name=name,
        endpoint=described_endpoint(calls, name),
        component=described_component(calls, name),
        configurations=configurations_of(calls, name),
        models=models_of(calls, name),
        targets=tuple(target.resource for target in targets if is_registered(calls, target)),
        policies=tuple(policy for target in targets for policy in policies_of(calls, target)),
        alarms=tuple(str(alarm["AlarmName"]) for alarm in alarms),
    )


def described_endpoint(calls: AwsCalls, name: str) -> Part:
    """Return an endpoint."""
    return _described(lambda: calls.call("sagemaker", "describe_endpoint", EndpointName=name), name, "EndpointStatus")


def described_component(calls: AwsCalls, name: str) -> Part:
    """Return the inference component of an endpoint."""
    component = component_name(name)
    return _described(
        lambda: calls.call("sagemaker", "describe_inference_component", InferenceComponentName=component),
        component,
        "InferenceComponentStatus",
    )


def configurations_of(calls: AwsCalls, name: str) -> tuple[str, ...]:
    """Return the configurations that were made for an endpoint, whether it uses them or not."""
    found = calls.pages("sagemaker", "list_endpoint_configs", "EndpointConfigs", NameContains=f"{name}-")
    names = (str(each["EndpointConfigName"]) for each in found)
    return tuple(sorted(each for each in names if is_of_endpoint(each, name)))


def models_of(calls: AwsCalls, name: str) -> tuple[str, ...]:
    """Return the models that were made for an endpoint, whether it uses them or not."""
    found = calls.pages("sagemaker", "list_models", "Models", NameContains=f"{name}-")
    names = (str(each["ModelName"]) for each in found)
    return tuple(sorted(each for each in names if is_of_endpoint(each, name)))


def instance_type(calls: AwsCalls, found: Inventory) -> str | None:
    """Return the type of the instances of an endpoint; None if it is not there."""
    configuration = found.endpoint.details.get("EndpointConfigName")
    if not found.endpoint.exists or not configuration:
        return None
    try:
        described = calls.call("sagemaker", "describe_endpoint_config", EndpointConfigName=configuration)
    except AwsError:
        return None  # it was deleted under a running endpoint: then only AWS's bill says
    return str(described["ProductionVariants"][0].get("InstanceType") or "") or None


def _described(describe: Callable[[], Mapping[str, Any]], name: str, status: str) -> Part:
    try:
        details = describe()
    except AwsNotThereError:
        return Part(name, ABSENT, {})
    return Part(name, str(details[status]), details)

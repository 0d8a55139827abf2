"""Sets and removes the scaling of an endpoint: its targets, their policies, and the alarm that wakes it from zero."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting, InferenceEndpoint, Scaling
from llm_engineering.infrastructure.aws.endpoint_requests import (
    ScalableTarget,
    alarm_name,
    component_name,
    scalable_targets,
)
from llm_engineering.infrastructure.aws.errors import AwsNotThereError

_SERVICE: Final = "application-autoscaling"
_METRICS: Final = {
    Hosting.COMPONENT: "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    Hosting.INSTANCE: "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}
_WAKE_COOLDOWN_SECONDS: Final = 60


def set_scaling(calls: AwsCalls, endpoint: InferenceEndpoint, say: Callable[[str], None]) -> None:
    """Make the scaling of an endpoint that of its configuration; what is there already is overwritten.

    Target tracking alone cannot leave zero, because it divides by the number of copies. So a second policy adds a copy
    when an alarm sees calls that found no instance.

    Raises:
        AwsError: AWS refused something.
    """
    if endpoint.scaling is None:
        remove_scaling(calls, endpoint.name, say)
        return
    component, variant = scalable_targets(endpoint.name)
    target = component if endpoint.hosting is Hosting.COMPONENT else variant
    scaling = endpoint.scaling
    calls.call(
        _SERVICE,
        "register_scalable_target",
        **target.place,
        MinCapacity=scaling.min_copies,
        MaxCapacity=scaling.max_copies,
    )
    calls.call(_SERVICE, "put_scaling_policy", **_tracking(endpoint, target, scaling))
    if scaling.min_copies == 0:
        woken = calls.call(_SERVICE, "put_scaling_policy", **_waking(endpoint.name, target))
        calls.call("cloudwatch", "put_metric_alarm", **_alarm(endpoint.name, str(woken["PolicyARN"])))
    else:
        _remove_waking(calls, endpoint.name, target)
    say(f"scaling between {scaling.min_copies} and {scaling.max_copies} copies is set")


def remove_scaling(calls: AwsCalls, name: str, say: Callable[[str], None]) -> None:
    """Remove all scaling of an endpoint; what is not there is passed over.

    Raises:
        AwsError: AWS refused something.
    """
    if calls.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[alarm_name(name)]):
        calls.call("cloudwatch", "delete_alarms", AlarmNames=[alarm_name(name)])
        say(f"deleted the alarm {alarm_name(name)}")
    for target in scalable_targets(name):
        for policy in policies_of(calls, target):
            with suppress(AwsNotThereError):
                calls.call(_SERVICE, "delete_scaling_policy", PolicyName=policy, **target.place)
                say(f"deleted the scaling policy {policy}")
        if is_registered(calls, target):
            with suppress(AwsNotThereError):
                calls.call(_SERVICE, "deregister_scalable_target", **target.place)
                say(f"deregistered {target.resource}")


def policies_of(calls: AwsCalls, target: ScalableTarget) -> list[str]:
    """Return the names of the policies of a target."""
    found = calls.pages(_SERVICE, "describe_scaling_policies", "ScalingPolicies", **target.place)
    return [str(policy["PolicyName"]) for policy in found]


def is_registered(calls: AwsCalls, target: ScalableTarget) -> bool:
    """Whether Application Auto Scaling knows a target."""
    place = {
        "ServiceNamespace": "sagemaker",
        "ResourceIds": [target.resource],
        "ScalableDimension": target.dimension,
    }
    return bool(calls.pages(_SERVICE, "describe_scalable_targets", "ScalableTargets", **place))


def _remove_waking(calls: AwsCalls, name: str, target: ScalableTarget) -> None:
    """Remove what an earlier configuration with `min_copies: 0` has set."""
    if calls.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[alarm_name(name)]):
        calls.call("cloudwatch", "delete_alarms", AlarmNames=[alarm_name(name)])
    if f"{name}-wake" in policies_of(calls, target):
        calls.call(_SERVICE, "delete_scaling_policy", PolicyName=f"{name}-wake", **target.place)


def _tracking(endpoint: InferenceEndpoint, target: ScalableTarget, scaling: Scaling) -> dict[str, Any]:
    return {
        "PolicyName": f"{endpoint.name}-tracking",
        **target.place,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": scaling.concurrent_requests_per_copy,
            "PredefinedMetricSpecification": {"PredefinedMetricType": _METRICS[endpoint.hosting]},
            "ScaleInCooldown": scaling.scale_in_cooldown_seconds,
            "ScaleOutCooldown": scaling.scale_out_cooldown_seconds,
        },
    }


def _waking(name: str, target: ScalableTarget) -> dict[str, Any]:
    return {
        "PolicyName": f"{name}-wake",
        **target.place,
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Maximum",
            "Cooldown": _WAKE_COOLDOWN_SECONDS,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
    }


def _alarm(name: str, policy: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm_name(name),
        "AlarmDescription": f"A call of {name} found no instance.",
        "AlarmActions": [policy],
        "Namespace": "AWS/SageMaker",
        "MetricName": "NoCapacityInvocationFailures",
        "Dimensions": [{"Name": "InferenceComponentName", "Value": component_name(name)}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }

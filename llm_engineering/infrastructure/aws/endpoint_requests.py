"""What AWS is asked for, as a function of the configuration: the same configuration always gives the same names."""

import json
from hashlib import sha256
from typing import Any, Final, NamedTuple

from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting, InferenceEndpoint

VARIANT: Final = "all"
OWNER_TAG: Final = "llm-twin-endpoint"
"""Tag by which everything that belongs to an endpoint is recognized in bills and lists."""
_DIGITS: Final = 12


class ScalableTarget(NamedTuple):
    """What Application Auto Scaling counts."""

    resource: str
    dimension: str

    @property
    def place(self) -> dict[str, str]:
        """The parameters that name it."""
        return {"ServiceNamespace": "sagemaker", "ResourceId": self.resource, "ScalableDimension": self.dimension}


class EndpointRequests:
    """The requests for one endpoint.

    Args:
        endpoint: What is wanted.
        role: ARN of the role that the container runs as.
        region: Where.
        hub_token: For models that ask for one; used only if the configuration says so.
        contract: Value of the tag of the prompt contract, if there is one.
    """

    def __init__(
        self,
        endpoint: InferenceEndpoint,
        *,
        role: str,
        region: str,
        hub_token: str | None,
        contract_tags: dict[str, str],
    ) -> None:
        self.endpoint = endpoint
        self._role = role
        self._region = region
        self._hub_token = hub_token
        self._contract_tags = contract_tags

    @property
    def tags(self) -> list[dict[str, str]]:
        """Tags of everything."""
        tags = {**self.endpoint.tags, OWNER_TAG: self.endpoint.name, **self._contract_tags}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    @property
    def model(self) -> dict[str, Any]:
        """Request for the model; its name depends on all of it."""
        request: dict[str, Any] = {"ExecutionRoleArn": self._role, "PrimaryContainer": self._container}
        return {"ModelName": f"{self.endpoint.name}-{_digest(request)}", **request, "Tags": self.tags}

    @property
    def configuration(self) -> dict[str, Any]:
        """Request for the configuration of the endpoint; its name depends on all of it, and on the model."""
        request: dict[str, Any] = {"ProductionVariants": [self._variant]}
        if self.endpoint.hosting is Hosting.COMPONENT:
            request["ExecutionRoleArn"] = self._role
        if self.endpoint.data_capture is not None:
            request["DataCaptureConfig"] = {
                "EnableCapture": True,
                "InitialSamplingPercentage": self.endpoint.data_capture.percent,
                "DestinationS3Uri": self.endpoint.data_capture.s3_uri,
                "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
            }
        return {"EndpointConfigName": f"{self.endpoint.name}-{_digest(request)}", **request, "Tags": self.tags}

    @property
    def component(self) -> dict[str, Any]:
        """Request for the inference component."""
        needs: dict[str, Any] = {"MinMemoryRequiredInMb": self.endpoint.memory_mb_per_copy}
        if self.endpoint.accelerators_per_copy:
            needs["NumberOfAcceleratorDevicesRequired"] = self.endpoint.accelerators_per_copy
        return {
            "InferenceComponentName": component_name(self.endpoint.name),
            "EndpointName": self.endpoint.name,
            "VariantName": VARIANT,
            "Specification": {
                "ModelName": self.model["ModelName"],
                "StartupParameters": self._startup,
                "ComputeResourceRequirements": needs,
            },
            "RuntimeConfig": {"CopyCount": max(1, self.endpoint.scaling.min_copies if self.endpoint.scaling else 1)},
            "Tags": self.tags,
        }

    @property
    def _container(self) -> dict[str, Any]:
        model = self.endpoint.model
        environment = {f"SM_VLLM_{name.upper()}": _option(value) for name, value in self.endpoint.vllm.items()}
        container: dict[str, Any] = {"Image": self.endpoint.image.replace("{region}", self._region)}
        if model.hub_id is not None:
            environment["SM_VLLM_MODEL"] = model.hub_id
            if model.revision is not None:
                environment["SM_VLLM_REVISION"] = model.revision
            if model.pass_hub_token and self._hub_token is not None:
                environment["HF_TOKEN"] = self._hub_token
        else:
            is_archive = str(model.s3_uri).endswith(".tar.gz")
            container["ModelDataSource"] = {
                "S3DataSource": {
                    "S3Uri": model.s3_uri,
                    "S3DataType": "S3Object" if is_archive else "S3Prefix",
                    "CompressionType": "Gzip" if is_archive else "None",
                }
            }
        return {**container, "Environment": {**environment, **self.endpoint.environment}}

    @property
    def _startup(self) -> dict[str, int]:
        return {
            "ModelDataDownloadTimeoutInSeconds": self.endpoint.startup_seconds,
            "ContainerStartupHealthCheckTimeoutInSeconds": self.endpoint.startup_seconds,
        }

    @property
    def _variant(self) -> dict[str, Any]:
        scaling = self.endpoint.scaling
        variant: dict[str, Any] = {
            "VariantName": VARIANT,
            "InstanceType": self.endpoint.instance_type,
            "InitialInstanceCount": max(1, scaling.min_copies if scaling else 1),
            "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
        }
        if self.endpoint.inference_ami is not None:
            variant["InferenceAmiVersion"] = self.endpoint.inference_ami
        if self.endpoint.volume_gb is not None:
            variant["VolumeSizeInGB"] = self.endpoint.volume_gb
        if self.endpoint.hosting is Hosting.INSTANCE:
            return {**variant, "ModelName": self.model["ModelName"], **self._startup}
        # Each copy may need an instance of its own; AWS takes fewer if several fit on one.
        lowest, highest = (scaling.min_copies, scaling.max_copies) if scaling else (1, 1)
        bounds = {"Status": "ENABLED", "MinInstanceCount": lowest, "MaxInstanceCount": highest}
        return {**variant, "ManagedInstanceScaling": bounds}


def component_name(endpoint: str) -> str:
    """Return the name of the inference component of an endpoint."""
    return f"{endpoint}-component"


def alarm_name(endpoint: str) -> str:
    """Return the name of the alarm that wakes an endpoint from zero."""
    return f"{endpoint}-wake-from-zero"


def scalable_targets(endpoint: str) -> tuple[ScalableTarget, ScalableTarget]:
    """Return what may be scaled of an endpoint: its component, and its variant."""
    return (
        ScalableTarget(
            f"inference-component/{component_name(endpoint)}", "sagemaker:inference-component:DesiredCopyCount"
        ),
        ScalableTarget(f"endpoint/{endpoint}/variant/{VARIANT}", "sagemaker:variant:DesiredInstanceCount"),
    )


def is_of_endpoint(name: str, endpoint: str) -> bool:
    """Whether a model or a configuration with this name was made for an endpoint."""
    rest = name.removeprefix(f"{endpoint}-")
    return name != rest and len(rest) == _DIGITS and set(rest) <= set("0123456789abcdef")


def _option(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _digest(request: dict[str, Any]) -> str:
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:_DIGITS]

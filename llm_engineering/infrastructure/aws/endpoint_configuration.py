"""What can be set of an inference endpoint; docs/sagemaker.md says what each value does."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.aws.container_variables import ContainerVariables

Count = Annotated[int, Field(ge=1, le=100)]


class Hosting(StrEnum):
    """How a model is put on an endpoint."""

    COMPONENT = "component"
    """As an inference component: its copies share instances, and both can go down to none."""
    INSTANCE = "instance"
    """As the model of the endpoint itself: each instance runs one, and at least one instance always runs."""


class ServedModel(FrozenModel):
    """Which model, and from where."""

    hub_id: str | None = None
    """Id on the Hugging Face Hub; the container downloads it when it starts."""
    revision: str | None = None
    """Commit, tag or branch on the Hub; unset means the newest."""
    s3_uri: Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")] | None = None
    """Folder in S3 with the files of the model, ending in "/", or one `.tar.gz` of them."""
    pass_hub_token: bool = False
    """Whether the container gets HUGGINGFACE_ACCESS_TOKEN. Whoever may describe the model in AWS can read it."""
    contract: str | None = None
    """Path of the `contract.json` of the model, or of its folder; unset means the one on the Hub, if there is one."""

    @model_validator(mode="after")
    def _require_one_source(self) -> Self:
        if (self.hub_id is None) is (self.s3_uri is None):
            raise ValueError("set one of hub_id and s3_uri")
        if self.s3_uri is not None and (self.revision is not None or self.pass_hub_token):
            raise ValueError("revision and pass_hub_token belong to hub_id")
        if self.s3_uri is not None and not self.s3_uri.endswith(("/", ".tar.gz")):
            raise ValueError('s3_uri has to end in "/" for a folder, or in ".tar.gz"')
        return self


class Scaling(FrozenModel):
    """How many copies run; Application Auto Scaling follows the number of requests."""

    min_copies: Annotated[int, Field(ge=0, le=100)] = 0
    """0 costs nothing while nobody asks; the first question after that fails and wakes it, which takes minutes."""
    max_copies: Count = 1
    concurrent_requests_per_copy: Annotated[float, Field(gt=0, le=1000)] = 8.0
    """What is aimed at: more per copy adds one, less takes one away."""
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 600
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 60

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.min_copies > self.max_copies:
            raise ValueError(f"min_copies is {self.min_copies}, more than max_copies, which is {self.max_copies}")
        return self


class DataCapture(FrozenModel):
    """Keeps questions and answers in S3, for the share of them that is set."""

    s3_uri: Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$")]
    percent: Annotated[int, Field(ge=1, le=100)] = 100


class InstancePrice(FrozenModel):
    """What an instance costs, as somebody looked it up."""

    per_hour: Annotated[float, Field(ge=0)]
    currency: str = "USD"
    looked_up: str
    """When and where."""


class InferenceEndpoint(FrozenModel):
    """An endpoint and all that belongs to it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=40)] = "twin"
    """Of the endpoint; what belongs to it begins with it. In small letters, as AWS writes names in permissions."""
    hosting: Hosting = Hosting.COMPONENT
    model: ServedModel
    image: Annotated[str, Field(max_length=255, pattern=r"^\S+$")]
    """Container; `{region}` stands for the region of the endpoint."""
    instance_type: Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]
    accelerators_per_copy: Annotated[int, Field(ge=0, le=16)] = 1
    """GPUs of one copy; for components only."""
    memory_mb_per_copy: Annotated[int, Field(ge=128)] = 8192
    """Main memory of one copy; for components only."""
    vllm: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], bool | int | float | str] = {}
    """Options of vLLM, such as max_model_len: the container gets them as SM_VLLM_MAX_MODEL_LEN and so on."""
    environment: ContainerVariables = Field(default_factory=dict)
    """Further variables of the container. No secrets: whoever may describe the model in AWS can read them."""
    inference_ami: str | None = None
    """Image of the machine, which has to fit to the CUDA of the container; unset means AWS's standard."""
    startup_seconds: Annotated[int, Field(ge=60, le=3600)] = 1800
    """How long a container may take to answer, the download of its model included."""
    volume_gb: Annotated[int, Field(ge=1, le=512)] | None = None
    """Disk of an instance that has none of its own; unset means AWS's standard."""
    scaling: Scaling | None = Scaling()
    """Unset: one copy, always."""
    data_capture: DataCapture | None = None
    """Unset: AWS keeps no question and no answer."""
    price: InstancePrice | None = None
    """Unset: the price list of AWS is asked."""
    tags: Mapping[str, str] = {}
    wait_minutes: Annotated[float, Field(gt=0, le=240)] = 60.0
    """How long a command waits for each of the things that it starts."""

    @model_validator(mode="after")
    def _require_an_instance(self) -> Self:
        if self.hosting is Hosting.INSTANCE and self.scaling is not None and self.scaling.min_copies == 0:
            raise ValueError("scaling.min_copies has to be at least 1: only `hosting: component` can go down to none")
        return self

"""What can be set of a job that trains or evaluates on SageMaker; docs/sagemaker.md says what each value does."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.aws.container_variables import ContainerVariables
from llm_engineering.infrastructure.aws.endpoint_configuration import InstancePrice

S3Folder = Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.()-]+)*/?$")]
"""A folder in S3; whether a slash ends it makes no difference."""


class Where(StrEnum):
    """Where the work of a pipeline is done."""

    LOCAL = "local"
    """By the step itself, on whatever stack it runs."""
    SAGEMAKER = "sagemaker"
    """By a training job of SageMaker that the step starts and waits for."""


class NowhereToRunError(InvalidInputError):
    """SageMaker is to do the work, and it is not said how."""

    def __init__(self) -> None:
        super().__init__(
            "`where` is sagemaker, and `sagemaker` is empty.",
            remedy="Fill in `sagemaker:` as configs/training_sagemaker.yaml does, or set `where: local`.",
        )


class Spot(FrozenModel):
    """Instances that AWS has to spare: cheaper, and taken back when it needs them."""

    enabled: bool = True
    max_wait_hours: Annotated[float, Field(gt=0, le=720)] = 24.0
    """Longest time from the start to the end, all waits for an instance included; at least `max_hours`."""


class JobSource(FrozenModel):
    """The code of this installation goes with the job, into an image that does not have it."""

    constraints: str = "constraints.txt"
    """File that pins the version of every package that the job installs."""


class SageMakerJob(FrozenModel):
    """A training job of SageMaker on one instance."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=32)] = "twin"
    """What the names of jobs begin with."""
    image: Annotated[str, Field(max_length=255, pattern=r"^\S+$")]
    """Container in Amazon ECR; `{region}` stands for the region of the job."""
    source: JobSource | None = None
    """None: the image has the code, as the target `training` of the Dockerfile does."""
    instance_type: Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]
    volume_gb: Annotated[int, Field(ge=1, le=16_384)] = 100
    """Disk for data, base model, checkpoints and results."""
    max_hours: Annotated[float, Field(gt=0, le=672)] = 24.0
    """AWS stops the job after so many hours of work, and it costs no more."""
    spot: Spot | None = None
    """None: an instance of its own at the full price."""
    output: S3Folder
    """Data, checkpoints and results lie below it."""
    checkpoints: S3Folder | None = None
    """Where checkpoints are kept instead of below `output`."""
    pass_hub_token: bool = False
    """Whether the job gets HUGGINGFACE_ACCESS_TOKEN. Whoever may describe the job in AWS can read it."""
    environment: ContainerVariables = Field(default_factory=dict)
    """Further variables of the container. No secrets: whoever may describe the job in AWS can read them."""
    tags: Mapping[str, str] = {}
    price: InstancePrice | None = None
    """Unset: the price list of AWS is asked."""
    max_download_gb: Annotated[float, Field(gt=0, le=2000)] = 100.0
    """Most that an archive of results may hold."""

    @model_validator(mode="after")
    def _require_time_to_wait(self) -> Self:
        if self.uses_spot and self.spot is not None and self.spot.max_wait_hours < self.max_hours:
            raise ValueError(
                f"spot.max_wait_hours is {self.spot.max_wait_hours:g}, less than max_hours, which is "
                f"{self.max_hours:g}: it counts the work too"
            )
        return self

    @property
    def uses_spot(self) -> bool:
        """Whether AWS may take the instance back."""
        return self.spot is not None and self.spot.enabled

    @property
    def longest_hours(self) -> float:
        """From the start to the end, at most."""
        return self.spot.max_wait_hours if self.uses_spot and self.spot is not None else self.max_hours


def required_job(where: Where, job: SageMakerJob | None) -> SageMakerJob | None:
    """Return the job that a pipeline starts; None: its step does the work.

    Raises:
        NowhereToRunError: SageMaker is to do it, and it is not said how.
    """
    if where is Where.LOCAL:
        return None
    if job is None:
        raise NowhereToRunError
    return job

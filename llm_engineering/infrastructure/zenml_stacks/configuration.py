"""What can be set of the AWS stack; docs/stacks.md says what each value does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel

_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_PLACES: Final = ("account", "region")
_REPOSITORY: Final = re.compile(
    r"(?P<registry>\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/(?P<repository>[a-z0-9]+([._/-][a-z0-9]+)*)"
)
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TAG: Final = re.compile(r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@sha256:[0-9a-f]{64})?")


def _known_places(text: str) -> str:
    unknown = [place for place in _PLACE.findall(text) if place not in _PLACES]
    if unknown:
        raise ValueError(f"{{{unknown[0]}}} is unknown; there are {{account}} and {{region}}")
    return text


Placed = Annotated[str, AfterValidator(_known_places)]
"""Text in which `{account}` and `{region}` stand for those of who registers the stack."""
InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]


class ImageBuilding(FrozenModel):
    """Who builds the image of a pipeline, where `image` names none."""

    code_build_project: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$")] | None = None
    """Project of AWS CodeBuild; unset means Docker on this machine."""


class StepOperator(FrozenModel):
    """Gives a step that asks for it (`step_operator: true`) a training job of its own."""

    instance_type: InstanceType = "ml.m5.xlarge"


class AwsStack(FrozenModel):
    """A stack that runs each step as a job in SageMaker."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](-*[a-z0-9])*$", max_length=40)] = "llm-twin-aws"
    """Of the stack in ZenML; its parts begin with it."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] | None = None
    """Unset means that of AWS_REGION, or of the AWS configuration of this machine."""
    bucket: Placed = "llm-twin-{account}-{region}"
    """Where artifacts are kept."""
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9!_.()-]+/)+$")] = "zenml/"
    """Folder in it."""
    repository: Placed = "{account}.dkr.ecr.{region}.amazonaws.com/llm-twin-pipelines"
    """In Amazon ECR: where images are pushed to."""
    image: Placed | None = None
    """Image that steps run in, in Amazon ECR; unset means that one is built of the Dockerfile of the project."""
    execution_role: Annotated[str, Field(pattern=r"^arn:aws(-us-gov)?:iam::\d{12}:role/.+$")] | None = None
    """ARN of the role that steps run as; unset means AWS_ARN_ROLE."""
    instance_type: InstanceType = "ml.m5.large"
    """For steps whose pipeline says nothing else."""
    volume_gb: Annotated[int, Field(ge=1, le=16_384)] = 30
    max_hours: Annotated[float, Field(gt=0, le=120)] = 24.0
    """Longest time of a step; SageMaker ends it then."""
    warm_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """How long an instance waits for a further step; more than 0 runs steps as training jobs and needs a quota."""
    synchronous: bool = False
    """Whether a command waits until its run has ended."""
    tags: Mapping[str, str] = {}
    """For bills."""
    image_builder: ImageBuilding = ImageBuilding()
    step_operator: StepOperator | None = None


class UnplacedValueError(InvalidInputError):
    """A value of the stack is none of AWS."""

    def __init__(self, key: str, value: str, wanted: str) -> None:
        super().__init__(
            f"`{key}` is {value!r:.150}, which is no {wanted}.", remedy="Correct it in the file of the stack."
        )
        self.key = key
        self.value = value


@dataclass(frozen=True, slots=True)
class PlacedStack:
    """A stack whose names stand for one account and region."""

    stack: AwsStack
    account: str
    region: str
    role: str
    """ARN."""
    bucket: str
    registry: str
    """Host of the registry."""
    repository: str
    """Name in it."""
    image: str | None

    @classmethod
    def of(cls, stack: AwsStack, *, account: str, region: str, role: str) -> Self:
        """Return a stack for an account and a region.

        Raises:
            UnplacedValueError: What comes out is no name of a bucket, a repository or an image.
        """

        def placed(text: str) -> str:
            return text.format(account=account, region=region)

        bucket = placed(stack.bucket)
        if not _BUCKET.fullmatch(bucket):
            raise UnplacedValueError("bucket", bucket, "name of a bucket")
        uri = placed(stack.repository)
        found = _REPOSITORY.fullmatch(uri)
        if found is None:
            raise UnplacedValueError("repository", uri, "repository in Amazon ECR (<account>.dkr.ecr.<region>...)")
        image = placed(stack.image) if stack.image else None
        if image is not None:
            image_parts(image)
        return cls(stack, account, region, role, bucket, found["registry"], found["repository"], image)


@dataclass(frozen=True, slots=True)
class ImageParts:
    """Where an image lies."""

    account: str
    repository: str
    tag: str | None


def image_parts(image: str) -> ImageParts:
    """Return where an image lies.

    Raises:
        UnplacedValueError: It is none of Amazon ECR.
    """
    found = _REPOSITORY.match(image)
    rest = _TAG.fullmatch(image[found.end() :]) if found else None
    if found is None or rest is None:
        raise UnplacedValueError("image", image, "image in Amazon ECR, and SageMaker runs no other")
    return ImageParts(found["registry"][:12], found["repository"], rest["tag"])


def policy_values(placed: PlacedStack) -> dict[str, str]:
    """Return what the policies of pipelines are filled in with; a value that is not there needs no policy."""
    stack = placed.stack
    parts = image_parts(placed.image) if placed.image else ImageParts(placed.registry[:12], placed.repository, None)
    values = {
        "pipeline_bucket": placed.bucket,
        "pipeline_prefix": stack.prefix,
        "pipeline_account": parts.account,
        "pipeline_repository": parts.repository,
    }
    if stack.image_builder.code_build_project is not None:
        values["code_build_project"] = stack.image_builder.code_build_project
    if stack.warm_seconds > 0 or stack.step_operator is not None:
        values["pipeline_jobs"] = "training"
    return values

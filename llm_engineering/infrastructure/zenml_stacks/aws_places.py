"""What a stack needs in AWS: whether it is there, and the command that makes it."""

from collections.abc import Callable

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsError, AwsNotThereError
from llm_engineering.infrastructure.zenml_stacks.configuration import PlacedStack, image_parts

_OLDEST_REGION = "us-east-1"
"""S3 names it by saying nothing."""
_NO_BUCKET = "NoSuchBucket"


class PlaceMissingError(InvalidInputError):
    """A bucket or a repository that the stack needs is not there."""

    def __init__(self, what: str, command: str) -> None:
        super().__init__(f"There is no {what}.", remedy=f"Make it (`{command}`), then run this again.")
        self.what = what


class OtherRegionError(InvalidInputError):
    """The bucket lies in another region than the jobs."""

    def __init__(self, bucket: str, there: str, here: str) -> None:
        super().__init__(
            f"The bucket {bucket!r} lies in {there}, and the stack in {here}: jobs read from their own region only.",
            remedy="Name another bucket, or set `region`.",
        )
        self.there = there


def check_places(calls: AwsCalls, placed: PlacedStack, say: Callable[[str], None]) -> None:
    """See that the bucket and the repository of a stack are there.

    Args:
        calls: How AWS is called.
        placed: The stack.
        say: Is told if the image is not there yet.

    Raises:
        PlaceMissingError: One of them is not there.
        OtherRegionError: The bucket lies elsewhere.
        AwsError: AWS refused to say.
    """
    _check_bucket(calls, placed)
    try:
        calls.call("ecr", "describe_repositories", **_registry(placed.registry[:12], placed.repository))
    except AwsNotThereError as error:
        raise PlaceMissingError(
            f"repository {placed.repository!r} in {placed.registry}",
            f"aws ecr create-repository --repository-name {placed.repository} --region {placed.region}",
        ) from error
    if placed.image is not None:
        _tell_missing_image(calls, placed.image, say)


def _check_bucket(calls: AwsCalls, placed: PlacedStack) -> None:
    try:
        found = calls.call("s3", "get_bucket_location", Bucket=placed.bucket)
    except AwsError as error:
        if error.code != _NO_BUCKET and not isinstance(error, AwsNotThereError):
            raise
        raise PlaceMissingError(
            f"bucket {placed.bucket!r}", f"aws s3 mb s3://{placed.bucket} --region {placed.region}"
        ) from error
    region = str(found.get("LocationConstraint") or _OLDEST_REGION)
    if region != placed.region:
        raise OtherRegionError(placed.bucket, region, placed.region)


def _tell_missing_image(calls: AwsCalls, image: str, say: Callable[[str], None]) -> None:
    parts = image_parts(image)
    if parts.tag is None:
        return
    where = {"registryId": parts.account, "repositoryName": parts.repository}
    try:
        calls.call("ecr", "describe_images", **where, imageIds=[{"imageTag": parts.tag}])
    except AwsNotThereError:
        say(f"the image {image} is not there yet; push it before a run (docs/stacks.md)")


def _registry(account: str, repository: str) -> dict[str, object]:
    return {"registryId": account, "repositoryNames": [repository]}

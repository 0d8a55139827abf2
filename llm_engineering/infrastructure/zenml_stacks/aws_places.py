"""What a stack needs in AWS: whether it is there, and the command that makes it."""

from collections.abc import Callable
from contextlib import suppress

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsDeniedError, AwsError, AwsNotThereError
from llm_engineering.infrastructure.zenml_stacks.configuration import PlacedStack, image_parts

_OLDEST_REGION = "us-east-1"
"""S3 names it by saying nothing."""
_NO_BUCKET = "NoSuchBucket"


class PlaceMissingError(InvalidInputError):
    """A bucket or a repository that the stack needs is not there."""

    def __init__(self, what: str, command: str) -> None:
        super().__init__(f"There is no {what}.", remedy=f"Make it (`{command}`), then run this again.")
        self.what = what


class ImageMissingError(InvalidInputError):
    """The image that steps should run in is not there."""

    def __init__(self, image: str) -> None:
        super().__init__(
            f"There is no image {image}.", remedy="Build and push it before a run; docs/stacks.md has the commands."
        )
        self.image = image


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
    check_bucket(calls, placed.bucket, placed.region)
    try:
        calls.call("ecr", "describe_repositories", **_registry(placed.registry[:12], placed.repository))
    except AwsNotThereError as error:
        raise PlaceMissingError(
            f"repository {placed.repository!r} in {placed.registry}",
            f"aws ecr create-repository --repository-name {placed.repository} --region {placed.region}",
        ) from error
    if placed.image is not None:
        try:
            check_image(calls, placed.image)
        except ImageMissingError as error:
            say(f"{error.problem} {error.remedy}")


def check_bucket(calls: AwsCalls, bucket: str, region: str) -> None:
    """See that a bucket is there.

    Raises:
        PlaceMissingError: It is not.
        OtherRegionError: It lies in another region.
        AwsError: AWS refused to say.
    """
    try:
        found = calls.call("s3", "get_bucket_location", Bucket=bucket)
    except AwsError as error:
        if error.code != _NO_BUCKET and not isinstance(error, AwsNotThereError):
            raise
        raise PlaceMissingError(f"bucket {bucket!r}", f"aws s3 mb s3://{bucket} --region {region}") from error
    there = str(found.get("LocationConstraint") or _OLDEST_REGION)
    if there != region:
        raise OtherRegionError(bucket, there, region)


def check_image(calls: AwsCalls, image: str) -> None:
    """See that an image is there; one of others, of which AWS tells nothing, may be.

    Raises:
        ImageMissingError: It is not.
        AwsError: AWS did not answer.
    """
    parts = image_parts(image)
    if parts.tag is None:
        return
    where = {"registryId": parts.account, "repositoryName": parts.repository}
    try:
        with suppress(AwsDeniedError):
            calls.call("ecr", "describe_images", **where, imageIds=[{"imageTag": parts.tag}])
    except AwsNotThereError as error:
        raise ImageMissingError(image) from error


def _registry(account: str, repository: str) -> dict[str, object]:
    return {"registryId": account, "repositoryNames": [repository]}

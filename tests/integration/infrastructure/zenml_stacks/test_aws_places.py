"""What a stack needs in AWS is looked for in moto."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.errors import AwsDeniedError, AwsSignInError
from llm_engineering.infrastructure.zenml_stacks.aws_places import (
    OtherRegionError,
    PlaceMissingError,
    check_image,
    check_places,
)
from tests.support.aws import calls_at, client_at, moto_server
from tests.support.sagemaker_control import REGION
from tests.support.zenml_stacks import BUCKET, IMAGE, REPOSITORY, make_bucket, placed, push_image

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(autouse=True)
def _nothing_there(moto: str) -> None:
    httpx.post(f"{moto}/moto-api/reset", timeout=5).raise_for_status()


@pytest.fixture(scope="module")
def calls(moto: str) -> BotoCalls:
    return calls_at(moto)


def make_repository(moto: str) -> None:
    client_at(moto, "ecr").create_repository(repositoryName=REPOSITORY)


def said(calls: BotoCalls, **changes: Any) -> list[str]:
    lines: list[str] = []
    check_places(calls, placed(**changes), lines.append)
    return lines


def test_what_is_there_is_enough(calls: BotoCalls, moto: str) -> None:
    make_bucket(moto)
    make_repository(moto)

    assert said(calls) == []


def test_a_bucket_that_is_missing_is_told_with_the_command_that_makes_it(calls: BotoCalls, moto: str) -> None:
    make_repository(moto)

    with pytest.raises(PlaceMissingError, match=f"There is no bucket '{BUCKET}'") as caught:
        said(calls)

    assert f"`aws s3 mb s3://{BUCKET} --region {REGION}`" in caught.value.remedy


def test_a_repository_that_is_missing_too(calls: BotoCalls, moto: str) -> None:
    make_bucket(moto)

    with pytest.raises(PlaceMissingError, match=f"repository '{REPOSITORY}' in 123456789012.dkr.ecr") as caught:
        said(calls)

    assert f"aws ecr create-repository --repository-name {REPOSITORY} --region {REGION}" in caught.value.remedy


def test_a_bucket_in_another_region_is_refused(calls: BotoCalls, moto: str) -> None:
    make_repository(moto)
    with Stubber(client_at(moto, "s3")) as stubber:
        stubber.add_response("get_bucket_location", {})  # us-east-1 is said by saying nothing
        with pytest.raises(OtherRegionError, match="lies in us-east-1, and the stack in eu-west-1"):
            said(BotoCalls(lambda _service: stubber.client, REGION))


def test_an_image_that_is_not_there_yet_is_told(calls: BotoCalls, moto: str) -> None:
    make_bucket(moto)
    make_repository(moto)

    assert said(calls, image=IMAGE) == [
        f"There is no image {IMAGE}. Build and push it before a run; docs/stacks.md has the commands."
    ]
    push_image(moto)
    assert said(calls, image=IMAGE) == []


def test_an_image_of_others_of_which_aws_tells_nothing_may_be_there(moto: str) -> None:
    with Stubber(client_at(moto, "ecr")) as stubber:
        stubber.add_client_error("describe_images", "AccessDeniedException", "not yours")
        check_image(BotoCalls(lambda _service: stubber.client, REGION), IMAGE)
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "kind"), [("ExpiredToken", AwsSignInError), ("AccessDenied", AwsDeniedError)], ids=["expired", "denied"]
)
def test_what_aws_does_not_say_is_told(moto: str, code: str, kind: type[Exception]) -> None:
    with Stubber(client_at(moto, "s3")) as stubber:
        stubber.add_client_error("get_bucket_location", code, "no")
        with pytest.raises(kind, match=r"s3\.get_bucket_location failed"):
            said(BotoCalls(lambda _service: stubber.client, REGION))

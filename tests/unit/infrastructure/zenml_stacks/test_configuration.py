import pytest
from pydantic import ValidationError

from llm_engineering.infrastructure.zenml_stacks.configuration import (
    AwsStack,
    ImageParts,
    PlacedStack,
    UnplacedValueError,
    image_parts,
    policy_values,
)
from tests.support.zenml_stacks import placed


def test_names_stand_for_an_account_and_a_region() -> None:
    stack = PlacedStack.of(
        AwsStack(image="{account}.dkr.ecr.{region}.amazonaws.com/twin:1"),
        account="123456789012",
        region="eu-west-1",
        role="arn:aws:iam::123456789012:role/run",
    )

    assert stack.bucket == "llm-twin-123456789012-eu-west-1"
    assert stack.registry == "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert stack.repository == "llm-twin-pipelines"
    assert stack.image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/twin:1"


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"bucket": "My_Bucket"}, "bucket", "'My_Bucket', which is no name of a bucket"),
        ({"bucket": "s3://mine"}, "bucket", "which is no name of a bucket"),
        ({"repository": "docker.io/ada/twin"}, "repository", "'docker.io/ada/twin', which is no repository in Amazon"),
        ({"image": "ada/twin:1"}, "image", "'ada/twin:1', which is no image in Amazon ECR"),
        ({"image": "{account}.dkr.ecr.{region}.amazonaws.com/twin:a b"}, "image", "which is no image in Amazon ECR"),
    ],
)
def test_what_is_no_name_of_aws_is_told_with_its_key(changes: dict[str, str], key: str, said: str) -> None:
    with pytest.raises(UnplacedValueError, match=said) as caught:
        placed(**changes)

    assert caught.value.key == key


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "My Stack"},
        {"buckets": "x"},
        {"bucket": "twin-{user}"},
        {"prefix": "/zenml"},
        {"region": "Ireland"},
        {"execution_role": "llm-twin-execution"},
        {"instance_type": "m5.large"},
        {"max_hours": 121},
        {"image_builder": {"project": "x"}},
        {"step_operator": {"instance_type": "large"}},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AwsStack.model_validate(changes)


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/twin:1.0", ImageParts("123456789012", "team/twin", "1.0")),
        (
            f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/twin@sha256:{'a' * 64}",
            ImageParts("123456789012", "twin", None),
        ),
    ],
)
def test_an_image_has_an_account_a_repository_and_a_tag(image: str, parts: ImageParts) -> None:
    assert image_parts(image) == parts


def test_policies_are_filled_in_with_what_the_stack_names() -> None:
    assert policy_values(placed(prefix="twin/zenml/")) == {
        "pipeline_bucket": "llm-twin-123456789012-eu-west-1",
        "pipeline_prefix": "twin/zenml/",
        "pipeline_account": "123456789012",
        "pipeline_repository": "llm-twin-pipelines",
    }


def test_the_image_that_is_named_is_the_one_that_may_be_pulled() -> None:
    values = policy_values(placed(image="210987654321.dkr.ecr.eu-west-1.amazonaws.com/shared/twin:1"))

    assert (values["pipeline_account"], values["pipeline_repository"]) == ("210987654321", "shared/twin")


@pytest.mark.parametrize("changes", [{"warm_seconds": 600}, {"step_operator": {}}])
def test_training_jobs_need_a_policy_of_their_own(changes: dict[str, object]) -> None:
    assert "pipeline_jobs" in policy_values(placed(**changes))


def test_building_in_aws_needs_one_too() -> None:
    assert policy_values(placed(image_builder={"code_build_project": "twin"}))["code_build_project"] == "twin"

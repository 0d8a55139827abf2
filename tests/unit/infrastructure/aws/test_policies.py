"""The policies hold only names that were filled in, and no more rights than are needed."""

import json
import re
from typing import Any

import pytest

from llm_engineering.infrastructure.aws.policies import Policy, PolicyValueError, filled_policy, policy_text
from llm_engineering.infrastructure.aws.roles import UnknownImageError, folder_values, image_values

VALUES = {
    "account": "123456789012",
    "partition": "aws",
    "region": "eu-west-1",
    "name": "twin",
    "execution_role": "llm-twin-execution",
    "training_name": "twin",
    "training_image_account": "123456789012",
    "training_image_repository": "llm-twin-training",
    "training_bucket": "my-bucket",
    "training_prefix": "twin/",
    "checkpoints_bucket": "my-bucket",
    "checkpoints_prefix": "twin/checkpoints/",
    "image_account": "763104351884",
    "image_repository": "vllm",
    "bucket": "my-models",
    "prefix": "twin/",
    "capture_bucket": "kept",
    "capture_prefix": "answers/",
    "pipeline_bucket": "llm-twin-123456789012-eu-west-1",
    "pipeline_prefix": "zenml/",
    "pipeline_account": "123456789012",
    "pipeline_repository": "llm-twin-pipelines",
    "code_build_project": "llm-twin",
}
UNRESTRICTED = {
    # AWS knows no narrower resource for these.
    "ecr:GetAuthorizationToken",
    "cloudwatch:PutMetricData",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "cloudwatch:DescribeAlarms",
    "pricing:GetProducts",
    "sagemaker:ListDomains",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListModels",
    "sagemaker:ListPipelines",
    "sagemaker:ListProcessingJobs",
    "sagemaker:ListTrainingJobs",
}


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("policy", Policy)
def test_every_file_can_be_filled_in(policy: Policy) -> None:
    assert "${" not in json.dumps(filled_policy(policy, VALUES))


@pytest.mark.parametrize("policy", Policy)
def test_no_action_has_a_wildcard_and_only_those_that_need_it_have_any_resource(policy: Policy) -> None:
    for statement in filled_policy(policy, VALUES)["Statement"]:
        actions = listed(statement["Action"])
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in actions)
        if statement.get("Resource") == "*":
            assert set(actions) <= UNRESTRICTED


def test_the_policy_of_the_user_fits_into_what_aws_allows() -> None:
    longest = {**VALUES, "name": "n" * 40, "execution_role": "r" * 64, "region": "ap-southeast-2"}

    assert len(json.dumps(filled_policy(Policy.DEPLOYER, longest), separators=(",", ":"))) < 6144


def test_what_the_user_needs_for_pipelines_fits_too() -> None:
    longest = {**VALUES, "execution_role": "r" * 64, "region": "ap-southeast-2", "pipeline_bucket": "b" * 63}

    assert len(json.dumps(filled_policy(Policy.DEPLOYER_PIPELINES, longest), separators=(",", ":"))) < 6144


def test_all_that_the_role_may_fits_into_what_aws_allows_for_one_role() -> None:
    longest = {**VALUES, "name": "n" * 40, "execution_role": "r" * 64, "region": "ap-southeast-2"}
    policies = [policy for policy in Policy if policy.startswith("execution_") and policy != Policy.EXECUTION_TRUST]

    assert sum(len(json.dumps(filled_policy(each, longest), separators=(",", ":"))) for each in policies) < 10_240


@pytest.mark.parametrize("policy", [Policy.EXECUTION_PIPELINES, Policy.DEPLOYER_PIPELINES])
def test_pipelines_reach_one_folder_of_one_bucket_and_one_repository(policy: Policy) -> None:
    statements = filled_policy(policy, VALUES)["Statement"]
    of_s3 = [each for each in statements if any(name.startswith("s3:") for name in listed(each["Action"]))]
    pulling = [each for each in statements if "ecr:BatchGetImage" in listed(each["Action"])]

    assert {each["Resource"] for each in of_s3} == {
        "arn:aws:s3:::llm-twin-123456789012-eu-west-1/zenml/*",
        "arn:aws:s3:::llm-twin-123456789012-eu-west-1",
    }
    (listing,) = [each for each in of_s3 if each["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "zenml/*"}}
    assert [each["Resource"] for each in pulling] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/llm-twin-pipelines"
    ]


def test_only_pipelines_that_are_marked_can_be_made_and_started() -> None:
    statements = filled_policy(Policy.DEPLOYER_PIPELINES, VALUES)["Statement"]
    conditions = {name: each.get("Condition") for each in statements for name in listed(each["Action"])}

    assert conditions["sagemaker:CreatePipeline"] == {"StringEquals": {"aws:RequestTag/llm-twin": "pipeline"}}
    assert conditions["sagemaker:StartPipelineExecution"] == {"StringEquals": {"aws:ResourceTag/llm-twin": "pipeline"}}


def test_only_sagemaker_in_this_account_may_be_the_execution_role() -> None:
    (statement,) = filled_policy(Policy.EXECUTION_TRUST, VALUES)["Statement"]

    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_the_role_can_be_handed_to_sagemaker_only() -> None:
    statements = filled_policy(Policy.DEPLOYER, VALUES)["Statement"]
    (passing,) = [each for each in statements if each["Action"] == "iam:PassRole"]

    assert passing["Resource"] == "arn:aws:iam::123456789012:role/llm-twin-execution"
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("account", "*"),
        ("account", "12345678901"),
        ("region", "eu-west-1*"),
        ("name", "*"),
        ("name", 'twin","Effect":"Allow'),
        ("name", "${aws:username}"),
        ("execution_role", "a/b"),
        ("execution_role", "admin*"),
        ("partition", "aws:iam"),
    ],
)
def test_what_is_no_name_is_refused(place: str, value: str) -> None:
    with pytest.raises(PolicyValueError, match=place.replace("_", " ")):
        filled_policy(Policy.DEPLOYER, {**VALUES, place: value})


@pytest.mark.parametrize("prefix", ["*", "twin/*", "twin", 'a"/'])
def test_what_is_no_folder_is_refused(prefix: str) -> None:
    with pytest.raises(PolicyValueError, match="prefix"):
        filled_policy(Policy.EXECUTION_MODEL_FILES, {**VALUES, "prefix": prefix})


def test_what_is_not_given_is_named() -> None:
    with pytest.raises(PolicyValueError, match="image_account is not given"):
        filled_policy(Policy.EXECUTION_SERVING, {key: value for key, value in VALUES.items() if key != "image_account"})


@pytest.mark.parametrize("policy", Policy)
def test_the_files_are_whole_policies_as_they_lie_there(policy: Policy) -> None:
    document = json.loads(policy_text(policy))

    assert document["Version"] == "2012-10-17"
    assert all(statement["Sid"].isalnum() for statement in document["Statement"])


@pytest.mark.parametrize(
    ("uri", "values"),
    [
        (None, {}),
        ("s3://my-models/twin/", {"bucket": "my-models", "prefix": "twin/"}),
        ("s3://my-models/twin/v1.tar.gz", {"bucket": "my-models", "prefix": "twin/"}),
        ("s3://my-models/v1.tar.gz", {"bucket": "my-models", "prefix": ""}),
    ],
)
def test_a_folder_in_s3_is_named_by_bucket_and_prefix(uri: str | None, values: dict[str, str]) -> None:
    assert folder_values(uri) == values


@pytest.mark.parametrize(
    ("image", "values"),
    [
        (
            "763104351884.dkr.ecr.{region}.amazonaws.com/vllm:v1",
            {"image_account": "763104351884", "image_repository": "vllm"},
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/twin@sha256:abc",
            {"image_account": "123456789012", "image_repository": "team/twin"},
        ),
    ],
)
def test_an_image_is_named_by_its_account_and_repository(image: str, values: dict[str, str]) -> None:
    assert image_values(image) == values


@pytest.mark.parametrize("image", ["vllm/vllm-openai:latest", "public.ecr.aws/deep-learning-containers/vllm:v1"])
def test_images_from_elsewhere_are_refused(image: str) -> None:
    with pytest.raises(UnknownImageError, match=re.escape(image)):
        image_values(image)

"""Endpoints are deployed and changed on a control plane that takes its time and fails as AWS does."""

import pytest

from llm_engineering.application.prompts.contract import ENDPOINT_TAG
from llm_engineering.infrastructure.aws.endpoint_deploying import (
    EndpointFailedError,
    EndpointMissingError,
    NoCapacityError,
    OtherConfigurationError,
    UpdateRolledBackError,
)
from llm_engineering.infrastructure.aws.errors import (
    AwsBusyError,
    AwsDeniedError,
    AwsError,
    AwsQuotaError,
    AwsSignInError,
)
from llm_engineering.infrastructure.aws.waiting import WaitedTooLongError
from tests.integration.infrastructure.aws.conftest import Aws
from tests.support.aws import wanted

pytestmark = pytest.mark.integration

DEPLOYED = [
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "CreateInferenceComponent",
    "RegisterScalableTarget",
    "PutScalingPolicy",
    "PutScalingPolicy",
]
INSTANCE = {"hosting": "instance", "scaling": {"min_copies": 1, "max_copies": 3}}


def endpoint_tags(aws: Aws) -> dict[str, str]:
    return aws.plane.tags["arn:aws:sagemaker:eu-west-1:123456789012:endpoint/twin"]


class TestDeploy:
    def test_a_component_comes_with_its_model_scaling_and_alarm(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()

        assert aws.plane.changes == DEPLOYED
        assert aws.plane.names("InferenceComponent") == ["twin-component"]
        assert aws.plane.targets["inference-component/twin-component"]["MinCapacity"] == 0
        assert aws.alarms == ["twin-wake-from-zero"]
        (variant,) = aws.plane.parameters("CreateEndpointConfig")["ProductionVariants"]
        assert "ModelName" not in variant
        assert variant["ManagedInstanceScaling"] == {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 1}

    def test_an_instance_has_the_model_itself_and_no_alarm(self, aws: Aws) -> None:
        aws.deployment(wanted(**INSTANCE)).deploy()

        (variant,) = aws.plane.parameters("CreateEndpointConfig")["ProductionVariants"]
        assert variant["ModelName"] == aws.plane.names("Model")[0]
        assert list(aws.plane.targets) == ["endpoint/twin/variant/all"]
        assert aws.alarms == []

    def test_nothing_is_captured_unless_it_is_set(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()

        assert "DataCaptureConfig" not in aws.plane.parameters("CreateEndpointConfig")

    def test_again_it_makes_nothing_twice(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()
        aws.plane.asked.clear()

        aws.deployment(wanted()).deploy()

        assert aws.plane.changes == ["RegisterScalableTarget", "PutScalingPolicy", "PutScalingPolicy"]

    def test_it_waits_for_what_takes_time_and_says_so(self, aws: Aws) -> None:
        aws.plane.looks = 20

        aws.deployment(wanted()).deploy()

        assert "endpoint twin: Creating (0 of at most 10 minutes)" in aws.said
        assert "endpoint twin: Creating (1 of at most 10 minutes)" in aws.said
        assert aws.clock.sleeps == [15.0] * 40

    def test_it_does_not_wait_for_ever_and_a_second_run_goes_on(self, aws: Aws) -> None:
        aws.plane.looks = 50
        with pytest.raises(WaitedTooLongError, match=r"endpoint twin is still Creating after 10 minutes"):
            aws.deployment(wanted()).deploy()

        aws.plane.looks = 1
        aws.deployment(wanted()).deploy()

        assert aws.plane.changes == DEPLOYED

    def test_the_contract_of_the_model_is_a_tag(self, aws: Aws) -> None:
        aws.deployment(wanted(), **{ENDPOINT_TAG: "hash:asked"}).deploy()

        assert endpoint_tags(aws) == {"llm-twin-endpoint": "twin", ENDPOINT_TAG: "hash:asked"}

    def test_another_configuration_in_service_is_left_alone(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()

        with pytest.raises(OtherConfigurationError, match="update-inference-endpoint"):
            aws.deployment(wanted(instance_type="ml.g6.xlarge")).deploy()

        assert len(aws.plane.names("EndpointConfig")) == 1

    def test_another_model_in_service_is_left_alone(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()
        before = aws.plane.things["InferenceComponent", "twin-component"]["Specification"]

        with pytest.raises(OtherConfigurationError, match="update-inference-endpoint"):
            aws.deployment(wanted(model={"hub_id": "ada/twin-2"})).deploy()

        assert aws.plane.things["InferenceComponent", "twin-component"]["Specification"] == before


class TestFailures:
    @pytest.mark.parametrize(
        "at", ["CreateModel", "CreateEndpointConfig", "CreateEndpoint", "CreateInferenceComponent"]
    )
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("ThrottlingException", AwsBusyError),
            ("ResourceLimitExceeded", AwsQuotaError),
            ("ExpiredTokenException", AwsSignInError),
            ("AccessDeniedException", AwsDeniedError),
        ],
    )
    def test_a_call_that_is_refused_is_named_and_a_second_run_finishes(
        self, aws: Aws, at: str, code: str, kind: type[AwsError]
    ) -> None:
        aws.plane.refuse(at, code)
        with pytest.raises(kind, match=f"failed with {code}: as the test wants it"):
            aws.deployment(wanted()).deploy()

        aws.deployment(wanted()).deploy()

        again = DEPLOYED.index(at)
        assert aws.plane.changes == [*DEPLOYED[: again + 1], *DEPLOYED[again:]]

    @pytest.mark.parametrize("at", ["RegisterScalableTarget", "PutScalingPolicy", "ListTags"])
    def test_scaling_and_tags_that_are_refused_are_set_by_a_second_run(self, aws: Aws, at: str) -> None:
        aws.plane.refuse(at, "ThrottlingException")
        with pytest.raises(AwsBusyError):
            aws.deployment(wanted()).deploy()

        aws.deployment(wanted(), **{ENDPOINT_TAG: "hash:asked"}).deploy()

        assert sorted(name for _, name in aws.plane.policies) == ["twin-tracking", "twin-wake"]
        assert endpoint_tags(aws)[ENDPOINT_TAG] == "hash:asked"

    def test_an_endpoint_that_fails_says_why_and_is_replaced(self, aws: Aws) -> None:
        aws.plane.will("twin", "Failed", "The primary container did not pass the ping health check.")
        with pytest.raises(EndpointFailedError, match=r"twin is Failed: The primary container did not pass"):
            aws.deployment(wanted()).deploy()

        aws.deployment(wanted(environment={"VLLM_LOGGING_LEVEL": "DEBUG"})).deploy()

        assert "endpoint twin failed before (The primary container did not pass the ping health check.)" in " ".join(
            aws.said
        )
        assert aws.plane.things["Endpoint", "twin"]["EndpointStatus"] == "InService"
        assert len(aws.plane.names("Model")) == 1

    def test_no_capacity_says_what_to_do(self, aws: Aws) -> None:
        aws.plane.will("twin", "Failed", "InsufficientInstanceCapacity: no ml.g5.xlarge in eu-west-1a")

        with pytest.raises(NoCapacityError, match="InsufficientInstanceCapacity") as raised:
            aws.deployment(wanted()).deploy()

        assert "another instance_type" in raised.value.remedy

    def test_a_component_that_fails_is_replaced_and_its_endpoint_stays(self, aws: Aws) -> None:
        aws.plane.will("twin-component", "Failed", "out of memory")
        with pytest.raises(EndpointFailedError, match="twin-component is Failed: out of memory"):
            aws.deployment(wanted()).deploy()

        aws.deployment(wanted()).deploy()

        assert aws.plane.changes.count("CreateEndpoint") == 1
        assert aws.plane.changes.count("CreateInferenceComponent") == 2

    def test_looks_that_are_throttled_do_not_end_the_wait(self, aws: Aws) -> None:
        aws.plane.looks = 3
        aws.plane.refuse("DescribeInferenceComponent", "ThrottlingException", times=4)

        aws.deployment(wanted()).deploy()

        assert aws.plane.names("InferenceComponent") == ["twin-component"]

    def test_looks_that_are_never_answered_do(self, aws: Aws) -> None:
        aws.plane.refuse("DescribeInferenceComponent", "ThrottlingException", times=5)

        with pytest.raises(AwsBusyError, match="describe_inference_component"):
            aws.deployment(wanted()).deploy()

    def test_a_token_that_expires_during_the_wait_ends_it(self, aws: Aws) -> None:
        aws.plane.refuse("DescribeInferenceComponent", "ExpiredTokenException")

        with pytest.raises(AwsSignInError, match="ExpiredTokenException") as raised:
            aws.deployment(wanted()).deploy()

        assert "aws sso login" in raised.value.remedy


class TestUpdate:
    def test_another_model_goes_into_the_component_and_the_old_one_is_deleted(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()
        (before,) = aws.plane.names("Model")
        aws.plane.asked.clear()

        aws.deployment(wanted(model={"hub_id": "ada/twin-2"})).update()

        (after,) = aws.plane.names("Model")
        component = aws.plane.things["InferenceComponent", "twin-component"]
        assert after != before
        assert component["Specification"]["ModelName"] == after
        assert "UpdateEndpoint" not in aws.plane.changes

    def test_another_instance_type_is_taken_without_scaling_in_between(self, aws: Aws) -> None:
        aws.deployment(wanted(**INSTANCE)).deploy()
        aws.plane.asked.clear()

        aws.deployment(wanted(**INSTANCE, instance_type="ml.g6.xlarge")).update()

        assert aws.plane.changes == [
            "CreateEndpointConfig",
            "DeleteScalingPolicy",
            "DeregisterScalableTarget",
            "UpdateEndpoint",
            "RegisterScalableTarget",
            "PutScalingPolicy",
            "DeleteEndpointConfig",
        ]
        (configuration,) = aws.plane.names("EndpointConfig")
        assert aws.plane.things["Endpoint", "twin"]["EndpointConfigName"] == configuration

    def test_scaling_that_no_longer_goes_to_zero_loses_its_alarm(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()

        aws.deployment(wanted(scaling={"min_copies": 1, "max_copies": 2})).update()

        assert aws.alarms == []
        assert [name for _, name in aws.plane.policies] == ["twin-tracking"]

    def test_without_scaling_all_of_it_goes(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()

        aws.deployment(wanted(scaling=None)).update()

        assert (aws.alarms, aws.plane.policies, aws.plane.targets) == ([], {}, {})

    def test_a_model_without_a_contract_takes_the_tag_away(self, aws: Aws) -> None:
        aws.deployment(wanted(), **{ENDPOINT_TAG: "hash:asked"}).deploy()

        aws.deployment(wanted()).update()

        assert endpoint_tags(aws) == {"llm-twin-endpoint": "twin"}

    def test_what_aws_takes_back_is_told_and_both_configurations_stay(self, aws: Aws) -> None:
        aws.deployment(wanted(**INSTANCE)).deploy()
        aws.plane.will("twin", "RolledBack", "no capacity for ml.g6.xlarge")

        with pytest.raises(
            UpdateRolledBackError, match=r"serves what it served before: no capacity for ml\.g6\.xlarge"
        ):
            aws.deployment(wanted(**INSTANCE, instance_type="ml.g6.xlarge")).update()

        assert len(aws.plane.names("EndpointConfig")) == 2
        aws.deployment(wanted(**INSTANCE, instance_type="ml.g6.xlarge")).update()
        assert len(aws.plane.names("EndpointConfig")) == 1

    def test_a_component_that_is_taken_back_is_told(self, aws: Aws) -> None:
        aws.deployment(wanted()).deploy()
        aws.plane.will("twin-component", "RolledBack", "it did not start")

        with pytest.raises(UpdateRolledBackError, match=r"twin-component .* it did not start"):
            aws.deployment(wanted(model={"hub_id": "ada/twin-2"})).update()

    def test_nothing_can_be_changed_that_is_not_there(self, aws: Aws) -> None:
        with pytest.raises(EndpointMissingError, match="There is no endpoint 'twin' in eu-west-1"):
            aws.deployment(wanted()).update()

        assert aws.plane.changes == []

"""The policy of the user that deploys allows what the commands ask AWS for, and nothing that they do not."""

from typing import Any

import pytest

from llm_engineering.application.prompts.contract import ENDPOINT_TAG
from llm_engineering.infrastructure.aws.endpoint_deleting import delete_endpoint
from llm_engineering.infrastructure.aws.endpoint_inventory import instance_type, inventory
from llm_engineering.infrastructure.aws.endpoint_prices import hourly_price
from llm_engineering.infrastructure.aws.policies import Policy, filled_policy
from tests.integration.infrastructure.aws.conftest import Aws
from tests.support.aws import patience, wanted

pytestmark = pytest.mark.integration

VALUES = {
    "account": "123456789012",
    "partition": "aws",
    "region": "eu-west-1",
    "name": "twin",
    "execution_role": "llm-twin-execution",
}
NOT_ASKED_FOR_HERE = {
    # The service, and the command that tests an endpoint, ask its runtime.
    "sagemaker:InvokeEndpoint",
    "sagemaker:InvokeEndpointWithResponseStream",
    # AWS wants whoever registers a target to be allowed to do what scaling does.
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "sagemaker:UpdateInferenceComponentRuntimeConfig",
    "iam:CreateServiceLinkedRole",
    # AWS looks at it when a model is made.
    "iam:PassRole",
    # moto's, which keeps no list of calls.
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricAlarm",
    # For people.
    "logs:DescribeLogStreams",
    "logs:GetLogEvents",
}


def action(operation: str) -> str:
    """Return an operation as policies call it."""
    if operation == "GetProducts":
        return "pricing:GetProducts"
    return f"{'application-autoscaling' if 'Scal' in operation else 'sagemaker'}:{operation}"


def allowed() -> set[str]:
    statements: list[dict[str, Any]] = filled_policy(Policy.DEPLOYER, VALUES)["Statement"]
    actions = [[each["Action"]] if isinstance(each["Action"], str) else each["Action"] for each in statements]
    return {name for names in actions for name in names}


def test_what_is_asked_for_is_what_is_allowed(aws: Aws) -> None:
    aws.deployment(wanted(), **{ENDPOINT_TAG: "hash:asked"}).deploy()
    aws.deployment(wanted(instance_type="ml.g6.xlarge", model={"hub_id": "ada/twin-2"})).update()
    aws.deployment(wanted(model={"hub_id": "ada/twin-2"}, tags={"team": "ada"}, scaling={"min_copies": 1})).update()
    found = inventory(aws.calls, "twin")
    hourly_price(aws.calls, None, instance_type(aws.calls, found))
    delete_endpoint(aws.calls, "twin", patience(aws.clock, aws.said))

    assert {action(operation) for operation, _ in aws.plane.asked} == allowed() - NOT_ASKED_FOR_HERE

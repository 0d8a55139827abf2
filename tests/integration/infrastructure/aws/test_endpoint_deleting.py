"""An endpoint is deleted with all that belongs to it, whatever is left of it."""

import re

import pytest

from llm_engineering.infrastructure.aws.endpoint_deleting import DeletionFailedError, delete_endpoint
from llm_engineering.infrastructure.aws.endpoint_interruptions import UnfinishedError, told_state
from llm_engineering.infrastructure.aws.endpoint_inventory import inventory
from llm_engineering.infrastructure.aws.errors import AwsBusyError, AwsSignInError
from tests.integration.infrastructure.aws.conftest import Aws
from tests.support.aws import patience, wanted

pytestmark = pytest.mark.integration

DELETED = [
    "DeleteScalingPolicy",
    "DeleteScalingPolicy",
    "DeregisterScalableTarget",
    "DeleteInferenceComponent",
    "DeleteEndpoint",
    "DeleteEndpointConfig",
    "DeleteModel",
]


@pytest.fixture
def deployed(aws: Aws) -> Aws:
    aws.deployment(wanted()).deploy()
    aws.plane.asked.clear()
    aws.said.clear()
    return aws


def delete(aws: Aws) -> None:
    delete_endpoint(aws.calls, "twin", patience(aws.clock, aws.said))


def test_all_of_it_goes_in_the_order_that_aws_allows(deployed: Aws) -> None:
    delete(deployed)

    assert deployed.plane.changes == DELETED
    assert inventory(deployed.calls, "twin").is_empty
    assert deployed.alarms == []
    assert deployed.plane.things == {}


def test_again_there_is_nothing_to_do(deployed: Aws) -> None:
    delete(deployed)
    deployed.plane.asked.clear()

    delete(deployed)

    assert deployed.plane.changes == []


@pytest.mark.parametrize("at", sorted(set(DELETED)))
@pytest.mark.parametrize("code", ["ThrottlingException", "ExpiredTokenException"])
def test_half_done_it_says_what_is_left_and_a_second_run_finishes(deployed: Aws, at: str, code: str) -> None:
    deployed.plane.refuse(at, code)
    with pytest.raises((AwsBusyError, AwsSignInError), match=code):
        delete(deployed)
    left = inventory(deployed.calls, "twin").lines
    assert any(line.startswith("model twin-") for line in left)

    delete(deployed)

    assert inventory(deployed.calls, "twin").is_empty


def test_models_and_configurations_are_found_without_their_endpoint(deployed: Aws) -> None:
    for key in (("InferenceComponent", "twin-component"), ("Endpoint", "twin")):
        del deployed.plane.things[key]

    delete(deployed)

    assert deployed.plane.things == {}


def test_what_others_have_named_alike_stays(deployed: Aws) -> None:
    for name in ("twin-2", "twin-0123456789ab-old", "my-twin-0123456789ab", "twin-component"):
        deployed.plane.things["Model", name] = {}

    delete(deployed)

    assert deployed.plane.names("Model") == [
        "my-twin-0123456789ab",
        "twin-0123456789ab-old",
        "twin-2",
        "twin-component",
    ]


def test_what_is_still_being_made_is_waited_for(deployed: Aws) -> None:
    deployed.plane.things["Endpoint", "twin"].update(EndpointStatus="Updating", _looks=3)

    delete(deployed)

    assert "endpoint: Updating (0 of at most 10 minutes)" in deployed.said
    assert inventory(deployed.calls, "twin").is_empty


def test_a_deletion_that_aws_gives_up_is_told(deployed: Aws) -> None:
    deployed.plane.will("twin", "Failed", "a network interface is in use")

    with pytest.raises(DeletionFailedError, match="twin was not deleted and is Failed: a network interface is in use"):
        delete(deployed)


def test_after_a_failure_what_exists_is_told_with_the_cause(deployed: Aws) -> None:
    deployed.plane.refuse("DeleteEndpoint", "ThrottlingException")

    with pytest.raises(UnfinishedError) as raised, told_state(deployed.calls, "twin", deployed.said):
        delete(deployed)

    assert "sagemaker.delete_endpoint failed with ThrottlingException" in raised.value.problem
    assert "What exists now:\n    endpoint twin: InService\n    endpoint configuration twin-" in raised.value.problem
    assert raised.value.remedy == "Wait a minute and run the command again."


def test_without_a_valid_token_what_was_done_is_told_instead(aws: Aws) -> None:
    aws.plane.expires_at = "CreateEndpoint"

    with pytest.raises(UnfinishedError) as raised, told_state(aws.calls, "twin", aws.said):
        aws.deployment(wanted()).deploy()

    assert "What exists is not known, because AWS cannot be asked" in raised.value.problem
    assert re.search(
        r"\n    model twin-\w{12} is made\n    endpoint config twin-\w{12} is made\n", raised.value.problem
    )
    assert "aws sso login" in raised.value.remedy

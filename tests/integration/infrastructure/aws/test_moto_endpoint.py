"""An endpoint with its model on an instance, on moto alone: our control plane is not the only one that agrees."""

import pytest

from llm_engineering.application.prompts.contract import ENDPOINT_TAG
from llm_engineering.infrastructure.aws.endpoint_deploying import EndpointDeployment
from llm_engineering.infrastructure.aws.endpoint_inventory import described_endpoint, models_of
from llm_engineering.infrastructure.aws.endpoint_requests import scalable_targets
from llm_engineering.infrastructure.aws.endpoint_scaling import policies_of
from tests.support.aws import calls_at, patience, requests_for, wanted
from tests.support.clock import SteppedClock

pytestmark = pytest.mark.integration


def test_it_is_deployed_twice_and_made_once(moto: str) -> None:
    calls = calls_at(moto)
    endpoint = wanted(
        hosting="instance", scaling={"min_copies": 1, "max_copies": 2}, name="moto", instance_type="ml.g4dn.xlarge"
    )
    for _ in range(2):
        requests = requests_for(endpoint, **{ENDPOINT_TAG: "hash:asked"})
        EndpointDeployment(calls, requests, patience(SteppedClock(), [])).deploy()

    found = described_endpoint(calls, "moto")
    assert found.status == "InService"
    assert len(models_of(calls, "moto")) == 1
    tags = calls.pages("sagemaker", "list_tags", "Tags", ResourceArn=found.details["EndpointArn"])
    assert {"Key": ENDPOINT_TAG, "Value": "hash:asked"} in tags
    assert policies_of(calls, scalable_targets("moto")[1]) == ["moto-tracking"]

"""AWS on loopback."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint
from llm_engineering.infrastructure.aws.endpoint_deploying import EndpointDeployment
from tests.support.aws import calls_at, moto_server, patience, requests_for
from tests.support.clock import SteppedClock
from tests.support.sagemaker_control import ControlPlane, control_plane


class Aws(NamedTuple):
    """What a test needs to deploy."""

    plane: ControlPlane
    calls: BotoCalls
    clock: SteppedClock
    said: list[str]

    def deployment(self, endpoint: InferenceEndpoint, **contract_tags: str) -> EndpointDeployment:
        return EndpointDeployment(self.calls, requests_for(endpoint, **contract_tags), patience(self.clock, self.said))

    @property
    def alarms(self) -> list[str]:
        found = self.calls.pages("cloudwatch", "describe_alarms", "MetricAlarms")
        return [alarm["AlarmName"] for alarm in found]


@pytest.fixture(scope="package")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(scope="package")
def connected(moto: str) -> Iterator[tuple[ControlPlane, BotoCalls]]:
    """Yield a control plane and calls of it; making their clients takes longer than a test."""
    with control_plane() as (plane, address):
        yield plane, calls_at(moto, address)


@pytest.fixture
def aws(moto: str, connected: tuple[ControlPlane, BotoCalls]) -> Aws:
    """Return an AWS in which nothing exists."""
    plane, calls = connected
    plane.reset()
    if alarms := calls.pages("cloudwatch", "describe_alarms", "MetricAlarms"):
        calls.call("cloudwatch", "delete_alarms", AlarmNames=[alarm["AlarmName"] for alarm in alarms])
    return Aws(plane, calls, SteppedClock(), [])

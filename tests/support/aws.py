"""AWS on loopback: moto where it is good enough, and a control plane of SageMaker of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.endpoint_configuration import InferenceEndpoint
from llm_engineering.infrastructure.aws.endpoint_requests import EndpointRequests
from llm_engineering.infrastructure.aws.waiting import Clock, Waiting
from tests.support.clock import SteppedClock
from tests.support.sagemaker_control import REGION

ROLE: Final = "arn:aws:iam::123456789012:role/llm-twin-execution"
OURS: Final = ("sagemaker", "application-autoscaling", "pricing")
"""Services that our own control plane has."""


@contextmanager
def moto_server() -> Iterator[str]:
    """Yield the address of a server of moto, which is empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    finally:
        server.stop()


def client_at(address: str, service: str) -> Any:
    """Return a client of boto3 that tries nothing again."""
    connected: Any = boto3.client
    return connected(
        service,
        region_name=REGION,
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )


def calls_at(moto: str, ours: str | None = None) -> BotoCalls:
    """Return calls of moto, and of our own control plane for what it has."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = client_at(ours if ours is not None and service in OURS else moto, service)
        return clients[service]

    return BotoCalls(client, REGION)


def wanted(**changes: Any) -> InferenceEndpoint:
    """Return the configuration of an endpoint."""
    values = {
        "model": {"hub_id": "ada/twin"},
        "image": "763104351884.dkr.ecr.{region}.amazonaws.com/vllm:v1",
        "instance_type": "ml.g5.xlarge",
        "wait_minutes": 10,
    }
    return InferenceEndpoint.model_validate({**values, **changes})


def requests_for(endpoint: InferenceEndpoint, **contract_tags: str) -> EndpointRequests:
    return EndpointRequests(endpoint, role=ROLE, region=REGION, hub_token="hf_secret", contract_tags=contract_tags)


def patience(clock: SteppedClock, said: list[str], seconds: float = 600) -> Waiting:
    """Return a wait in which no time passes."""
    return Waiting(seconds=seconds, every=15, clock=Clock(clock.now, clock.sleep), say=said.append)

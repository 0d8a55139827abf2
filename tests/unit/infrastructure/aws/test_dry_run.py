"""A dry run shows what a run would do, changes nothing and tells no secret."""

import json
from collections.abc import Mapping
from typing import Any

from llm_engineering.infrastructure.aws.dry_run import DryRunCalls, shown_call
from llm_engineering.infrastructure.aws.endpoint_deleting import delete_endpoint
from llm_engineering.infrastructure.aws.endpoint_deploying import EndpointDeployment
from tests.support.aws import patience, requests_for, wanted
from tests.support.clock import SteppedClock


class OneEndpoint:
    """An AWS that may be asked what there is, and nothing else."""

    region = "eu-west-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def call(self, service: str, operation: str, **parameters: object) -> Mapping[str, Any]:
        self.asked.append(operation)
        assert operation.startswith(("describe_", "list_", "get_"))
        return {
            "EndpointStatus": "InService",
            "EndpointArn": "arn:aws:sagemaker:eu-west-1:1:endpoint/twin",
            "EndpointConfigName": "twin-000000000000",
            "InferenceComponentStatus": "InService",
            "Specification": {"ModelName": "twin-000000000000"},
        }

    def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[Any]:
        self.asked.append(operation)
        assert operation.startswith(("describe_", "list_"))
        found = {"Models": [{"ModelName": "twin-000000000000"}]}
        return found.get(items, [])


def changes(shown: list[str]) -> list[str]:
    names = [text.partition(" ")[0] for text in shown]
    return [name for name in names if not name.partition(".")[2].startswith(("describe_", "list_", "get_"))]


def test_for_somebody_who_is_not_signed_in_everything_is_made() -> None:
    shown: list[str] = []
    calls = DryRunCalls(shown.append, None, "eu-west-1")
    EndpointDeployment(calls, requests_for(wanted()), patience(SteppedClock(), [])).deploy()

    assert changes(shown) == [
        "sagemaker.create_model",
        "sagemaker.create_endpoint_config",
        "sagemaker.create_endpoint",
        "sagemaker.create_inference_component",
        "application-autoscaling.register_scalable_target",
        "application-autoscaling.put_scaling_policy",
        "application-autoscaling.put_scaling_policy",
        "cloudwatch.put_metric_alarm",
        "sagemaker.add_tags",
    ]


def test_what_is_there_is_taken_into_account() -> None:
    shown: list[str] = []
    calls = DryRunCalls(shown.append, OneEndpoint(), "eu-west-1")
    EndpointDeployment(calls, requests_for(wanted()), patience(SteppedClock(), [])).update()

    assert changes(shown)[:4] == [
        "sagemaker.create_model",
        "sagemaker.create_endpoint_config",
        "sagemaker.update_endpoint",
        "sagemaker.update_inference_component",
    ]
    assert changes(shown)[-1] == "sagemaker.delete_model"


def test_a_deletion_ends_although_nothing_is_deleted() -> None:
    shown: list[str] = []
    aws = OneEndpoint()
    delete_endpoint(DryRunCalls(shown.append, aws, "eu-west-1"), "twin", patience(SteppedClock(), []))

    assert changes(shown) == [
        "sagemaker.delete_inference_component",
        "sagemaker.delete_endpoint",
        "sagemaker.delete_model",
    ]


def test_secrets_are_left_out_and_the_rest_is_json() -> None:
    environment = {"HF_TOKEN": "hf_secret", "SM_VLLM_MAX_NUM_BATCHED_TOKENS": "8192"}
    text = shown_call("sagemaker", "create_model", {"Environment": environment, "Keys": [{"SecretAccessKey": "abc"}]})

    name, _, body = text.partition(" ")
    assert name == "sagemaker.create_model"
    assert json.loads(body) == {
        "Environment": {"HF_TOKEN": "****", "SM_VLLM_MAX_NUM_BATCHED_TOKENS": "8192"},
        "Keys": [{"SecretAccessKey": "****"}],
    }

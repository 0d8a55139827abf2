"""What can be set of an endpoint, and what cannot."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from llm_engineering.infrastructure.aws.endpoint_configuration import Hosting, InferenceEndpoint
from tests.support.aws import wanted
from tools.run_configuration import run_configuration

CONFIGURATION = Path(__file__).parents[4] / "configs/inference_endpoint.yaml"


def test_the_file_of_the_repository_can_go_down_to_none_and_keeps_no_questions() -> None:
    endpoint = run_configuration(CONFIGURATION, InferenceEndpoint).parameters

    assert endpoint.hosting is Hosting.COMPONENT
    assert endpoint.scaling is not None
    assert endpoint.scaling.min_copies == 0
    assert endpoint.data_capture is None
    assert endpoint.price is None


def test_the_file_names_every_key() -> None:
    import yaml

    written = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["parameters"]

    assert set(written) == set(InferenceEndpoint.model_fields)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"model": {}}, "set one of hub_id and s3_uri"),
        ({"model": {"hub_id": "a/b", "s3_uri": "s3://bucket/b/"}}, "set one of hub_id and s3_uri"),
        ({"model": {"s3_uri": "s3://bucket/model"}}, 'has to end in "/"'),
        ({"model": {"s3_uri": "s3://bucket/m/", "pass_hub_token": True}}, "belong to hub_id"),
        ({"hosting": "instance"}, "only `hosting: component` can go down to none"),
        ({"scaling": {"min_copies": 3, "max_copies": 2}}, "min_copies is 3, more than max_copies, which is 2"),
        ({"environment": {"HF_TOKEN": "hf_x"}}, "HF_TOKEN looks like a secret"),
        ({"environment": {"API_KEY": "x"}}, "API_KEY looks like a secret"),
        ({"name": "twin_1"}, "should match pattern"),
        ({"name": "Twin"}, "should match pattern"),
        ({"name": "t" * 41}, "at most 40 characters"),
        ({"instance_type": "g5.xlarge"}, "should match pattern"),
        ({"vllm": {"max-model-len": 1}}, "should match pattern"),
        ({"startup_seconds": 59}, "greater than or equal to 60"),
        ({"images": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        wanted(**changes)

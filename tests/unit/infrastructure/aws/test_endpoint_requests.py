"""What AWS is asked for."""

import re
from typing import Any

import pytest

from llm_engineering.infrastructure.aws.endpoint_requests import is_of_endpoint
from tests.support.aws import requests_for, wanted


def container(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = requests_for(wanted(**changes)).model["PrimaryContainer"]
    return found


def test_options_of_vllm_and_the_model_of_the_hub_are_variables() -> None:
    found = container(
        model={"hub_id": "ada/twin", "revision": "abc"},
        vllm={"max_model_len": 4096, "enforce_eager": True, "dtype": "bfloat16"},
        environment={"VLLM_LOGGING_LEVEL": "INFO"},
    )

    assert found == {
        "Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/vllm:v1",
        "Environment": {
            "SM_VLLM_MAX_MODEL_LEN": "4096",
            "SM_VLLM_ENFORCE_EAGER": "true",
            "SM_VLLM_DTYPE": "bfloat16",
            "SM_VLLM_MODEL": "ada/twin",
            "SM_VLLM_REVISION": "abc",
            "VLLM_LOGGING_LEVEL": "INFO",
        },
    }


def test_the_token_goes_along_only_if_that_is_set() -> None:
    assert "HF_TOKEN" not in container()["Environment"]
    assert container(model={"hub_id": "ada/twin", "pass_hub_token": True})["Environment"]["HF_TOKEN"] == "hf_secret"


@pytest.mark.parametrize(
    ("uri", "kind", "compression"),
    [("s3://my-models/twin/", "S3Prefix", "None"), ("s3://my-models/twin.tar.gz", "S3Object", "Gzip")],
)
def test_a_model_in_s3_is_mounted_and_not_named(uri: str, kind: str, compression: str) -> None:
    found = container(model={"s3_uri": uri})

    assert found["ModelDataSource"] == {
        "S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": compression}
    }
    assert found["Environment"] == {}


def test_names_depend_on_what_is_in_them_alone() -> None:
    one, same, other = (requests_for(wanted(vllm={"max_model_len": size})) for size in (4096, 4096, 8192))

    assert re.fullmatch(r"twin-[0-9a-f]{12}", one.model["ModelName"])
    assert one.model["ModelName"] == same.model["ModelName"] != other.model["ModelName"]
    assert one.configuration["EndpointConfigName"] == other.configuration["EndpointConfigName"]


def test_tags_and_scaling_change_no_name() -> None:
    one, other = requests_for(wanted()), requests_for(wanted(tags={"team": "ada"}), contract="x")

    assert one.model["ModelName"] == other.model["ModelName"]
    assert {"Key": "team", "Value": "ada"} in other.model["Tags"]


def test_what_is_captured_is_asked_for() -> None:
    found = requests_for(wanted(data_capture={"s3_uri": "s3://bucket/captured", "percent": 10})).configuration

    assert found["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }


@pytest.mark.parametrize(
    ("name", "is_its"),
    [
        ("twin-0123456789ab", True),
        ("twin-0123456789AB", False),
        ("twin-0123456789abc", False),
        ("twin-component", False),
        ("twin", False),
        ("my-twin-0123456789ab", False),
    ],
)
def test_what_belongs_to_an_endpoint_is_told_by_its_name(name: str, is_its: bool) -> None:
    assert is_of_endpoint(name, "twin") is is_its

"""The prompt contract of a SageMaker endpoint, read from a server that speaks AWS's interface."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from loguru import logger
from moto.server import ThreadedMotoServer

from llm_engineering.application.prompts.contract import ENDPOINT_TAG, ContractCheck, prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.prompt_contracts import ContractMismatchError, contract_tag
from llm_engineering.infrastructure.factory import language_model
from llm_engineering.infrastructure.language_models.sagemaker_tags import checked_endpoint
from llm_engineering.settings import Settings

pytestmark = pytest.mark.integration

V1, V2 = code_prompts({"answer": "v1"}), code_prompts({"answer": "v2"})
OTHER_TAGS = [{"Key": f"team-{number}", "Value": "twin"} for number in range(5)]


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


def client_of(address: str) -> Any:
    return boto3.client(
        "sagemaker",
        region_name="eu-west-1",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )


@pytest.fixture(scope="module")
def endpoints(aws: str) -> str:
    """Return the address of a server with one endpoint that was trained with answer v1, and one without a contract."""
    client = client_of(aws)
    client.create_model(ModelName="model", ExecutionRoleArn="arn:aws:iam::123456789012:role/twin")
    variant = {"VariantName": "all", "ModelName": "model", "InstanceType": "ml.g4dn.xlarge", "InitialInstanceCount": 1}
    client.create_endpoint_config(EndpointConfigName="configuration", ProductionVariants=[variant])
    contract = {"Key": ENDPOINT_TAG, "Value": contract_tag(prompt_contract(V1, chat_template="as it lies there"))}
    for name, tags in (("trained", [*OTHER_TAGS, contract]), ("bought", OTHER_TAGS)):
        client.create_endpoint(EndpointName=name, EndpointConfigName="configuration", Tags=tags)
    return aws


def test_an_endpoint_of_this_contract_is_used(endpoints: str) -> None:
    check = checked_endpoint(client_of(endpoints), "trained", V1, is_other_allowed=False)
    assert check is ContractCheck.SAME


def test_an_endpoint_of_another_contract_is_refused(endpoints: str) -> None:
    with pytest.raises(ContractMismatchError, match=r"trained was trained under .*ALLOW_OTHER_CONTRACT=true"):
        checked_endpoint(client_of(endpoints), "trained", V2, is_other_allowed=False)


def test_the_setting_allows_it(endpoints: str) -> None:
    check = checked_endpoint(client_of(endpoints), "trained", V2, is_other_allowed=True)
    assert check is ContractCheck.OTHER_ALLOWED


def test_of_an_endpoint_without_the_tag_nothing_is_known(endpoints: str) -> None:
    check = checked_endpoint(client_of(endpoints), "bought", V1, is_other_allowed=False)
    assert check is ContractCheck.UNKNOWN


@pytest.mark.parametrize(
    ("is_there", "reason"), [(True, "ValidationException"), (False, "EndpointConnectionError")]
)  # fmt: skip
def test_tags_that_cannot_be_read_are_told_in_the_log(endpoints: str, is_there: bool, reason: str) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(str(message)), level="WARNING")
    address = endpoints if is_there else "http://127.0.0.1:1"
    check = checked_endpoint(client_of(address), "no-such-endpoint", V1, is_other_allowed=False)
    logger.remove(sink)

    assert check is ContractCheck.UNKNOWN
    assert f"could not be read ({reason})" in said[0]
    assert "sagemaker:ListTags" in said[0]


def test_the_model_of_the_settings_is_checked(endpoints: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_SAGEMAKER": endpoints,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ContractMismatchError, match="trained under"):
        language_model(Settings(sagemaker_endpoint_inference="trained", aws_region="eu-west-1"), V2)

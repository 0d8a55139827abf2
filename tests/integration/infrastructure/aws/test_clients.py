"""Clients of AWS are made of the settings, or it is said what is missing."""

import sys

import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.aws.errors import AwsExtraMissingError, AwsMissingError
from llm_engineering.settings import Settings

pytestmark = pytest.mark.integration


def test_the_keys_of_the_settings_sign_in() -> None:
    settings = Settings(aws_region="eu-west-1", aws_access_key=SecretStr("id"), aws_secret_key=SecretStr("hunter2"))
    client = AwsAccess.of(settings).client("sts", purpose="a test")

    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key) == ("id", "hunter2")
    assert "hunter2" not in repr(AwsAccess.of(settings))


@pytest.mark.parametrize(
    ("given", "missing"), [("aws_access_key", "AWS_SECRET_KEY"), ("aws_secret_key", "AWS_ACCESS_KEY")]
)
def test_one_key_alone_is_a_mistake(given: str, missing: str) -> None:
    with pytest.raises(AwsMissingError, match=f"{given.upper()} is set, but {missing} is not"):
        AwsAccess.of(Settings.model_validate({given: "x"}))


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(AwsExtraMissingError, match=r"pip install 'llm-twin\[aws\]'"):
        AwsAccess("eu-west-1").client("sts", purpose="a test")


def test_a_profile_that_is_not_configured_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(AwsMissingError, match=r"AWS cannot be asked: .*nobody"):
        AwsAccess("eu-west-1").client("sts", purpose="a test")

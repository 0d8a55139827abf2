"""The user that deploys and the role that containers run as, made in moto's IAM."""

import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.errors import AwsBusyError, AwsQuotaError
from llm_engineering.infrastructure.aws.key_file import KeyFileError
from llm_engineering.infrastructure.aws.policies import Policy, filled_policy
from llm_engineering.infrastructure.aws.roles import Caller, folder_values, make_deployer, make_execution_role
from tests.support.aws import calls_at, client_at

pytestmark = pytest.mark.integration

VALUES = {
    "account": "123456789012",
    "partition": "aws",
    "region": "eu-west-1",
    "name": "twin",
    "execution_role": "llm-twin-execution",
    "image_account": "763104351884",
    "image_repository": "vllm",
}
FOLDER = {"bucket": "my-models", "prefix": "twin/"}


def silent(_text: str) -> None:
    """Say nothing."""


@pytest.fixture(autouse=True)
def _nothing_there(moto: str) -> None:
    httpx.post(f"{moto}/moto-api/reset", timeout=5).raise_for_status()


@pytest.fixture(scope="module")
def calls(moto: str) -> BotoCalls:
    return calls_at(moto)


@pytest.fixture(scope="module")
def iam(moto: str) -> Any:
    return client_at(moto, "iam")


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.env"


def made(calls: BotoCalls, keys_file: Path | None, **changes: str) -> tuple[Path | None, tuple[str, ...]]:
    user = make_deployer(calls, "deployer", {**VALUES, **changes}, silent, keys_file=keys_file)
    return user.keys_file, user.existing_keys


def test_who_asks_is_known(calls: BotoCalls) -> None:
    assert Caller.of(calls) == Caller("123456789012", "aws")


class TestExecutionRole:
    def test_it_has_the_policies_of_the_repository(self, calls: BotoCalls, iam: Any) -> None:
        arn = make_execution_role(calls, "run", {**VALUES, **FOLDER}, silent)

        role = iam.get_role(RoleName="run")["Role"]
        assert arn == role["Arn"] == "arn:aws:iam::123456789012:role/run"
        assert role["AssumeRolePolicyDocument"] == filled_policy(Policy.EXECUTION_TRUST, VALUES)
        assert iam.list_role_policies(RoleName="run")["PolicyNames"] == ["execution_serving", "execution_model_files"]
        found = iam.get_role_policy(RoleName="run", PolicyName="execution_model_files")["PolicyDocument"]
        assert found["Statement"][0]["Resource"] == "arn:aws:s3:::my-models/twin/*"

    def test_it_may_keep_questions_only_where_that_is_set(self, calls: BotoCalls, iam: Any) -> None:
        values = {**VALUES, **folder_values("s3://kept/answers/", "capture_")}
        make_execution_role(calls, "run", values, silent)

        found = iam.get_role_policy(RoleName="run", PolicyName="execution_data_capture")["PolicyDocument"]
        assert found["Statement"][0]["Action"] == "s3:PutObject"
        assert found["Statement"][0]["Resource"] == "arn:aws:s3:::kept/answers/*"
        assert iam.list_role_policies(RoleName="run")["PolicyNames"] == ["execution_serving", "execution_data_capture"]

    def test_again_it_is_brought_to_what_is_wanted(self, calls: BotoCalls, iam: Any) -> None:
        make_execution_role(calls, "run", {**VALUES, **FOLDER}, silent)
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}],
        }
        iam.update_assume_role_policy(RoleName="run", PolicyDocument=json.dumps(trust))

        make_execution_role(calls, "run", VALUES, silent)

        assert iam.list_role_policies(RoleName="run")["PolicyNames"] == ["execution_serving"]
        document = iam.get_role(RoleName="run")["Role"]["AssumeRolePolicyDocument"]
        assert document == filled_policy(Policy.EXECUTION_TRUST, VALUES)


class TestDeployer:
    def test_it_has_the_policy_and_a_key_that_only_the_owner_can_read(
        self, calls: BotoCalls, iam: Any, keys_file: Path
    ) -> None:
        assert made(calls, keys_file) == (keys_file, ())

        attached = iam.list_attached_user_policies(UserName="deployer")["AttachedPolicies"]
        (key,) = iam.list_access_keys(UserName="deployer")["AccessKeyMetadata"]
        lines = keys_file.read_text(encoding="utf-8").splitlines()
        assert [policy["PolicyName"] for policy in attached] == ["deployer"]
        assert lines[0] == f"AWS_ACCESS_KEY={key['AccessKeyId']}"
        assert lines[1].startswith("AWS_SECRET_KEY=")
        assert len(lines[1]) > 40
        assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600

    def test_again_there_is_no_second_key_and_no_second_version(
        self, calls: BotoCalls, iam: Any, keys_file: Path, tmp_path: Path
    ) -> None:
        made(calls, keys_file)

        again, existing = made(calls, tmp_path / "second.env")

        assert again is None
        assert len(existing) == 1
        assert not (tmp_path / "second.env").exists()
        versions = iam.list_policy_versions(PolicyArn="arn:aws:iam::123456789012:policy/deployer")["Versions"]
        assert len(versions) == 1

    def test_another_name_is_another_version_of_which_aws_keeps_five(self, calls: BotoCalls, iam: Any) -> None:
        for number in range(7):
            made(calls, None, name=f"twin{number}")

        arn = "arn:aws:iam::123456789012:policy/deployer"
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        (current,) = [version["VersionId"] for version in versions if version["IsDefaultVersion"]]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=current)["PolicyVersion"]["Document"]
        assert len(versions) == 5
        assert "endpoint/twin6*" in json.dumps(document)

    def test_without_keys_none_is_made(self, calls: BotoCalls, iam: Any) -> None:
        assert made(calls, None) == (None, ())
        assert iam.list_access_keys(UserName="deployer")["AccessKeyMetadata"] == []

    def test_a_file_that_is_there_is_not_written_to_and_no_key_is_made(
        self, calls: BotoCalls, iam: Any, keys_file: Path
    ) -> None:
        keys_file.write_text("mine", encoding="utf-8")

        with pytest.raises(KeyFileError, match="it exists already"):
            made(calls, keys_file)

        assert keys_file.read_text(encoding="utf-8") == "mine"
        assert iam.list_access_keys(UserName="deployer")["AccessKeyMetadata"] == []

    def test_a_key_that_aws_refuses_leaves_no_file_and_a_second_run_makes_it(
        self, calls: BotoCalls, moto: str, keys_file: Path
    ) -> None:
        made(calls, None)
        client = client_at(moto, "iam")
        with Stubber(client) as stubber:
            stubber.add_response("get_user", {"User": user_of_iam()})
            stubber.add_client_error("get_policy", "Throttling", "Rate exceeded")
            with pytest.raises(AwsBusyError, match=r"iam\.get_policy failed with Throttling"):
                made(BotoCalls(lambda _service: client, "eu-west-1"), keys_file)
        assert not keys_file.exists()

        assert made(calls, keys_file) == (keys_file, ())

    def test_too_many_users_is_a_quota(self, moto: str, keys_file: Path) -> None:
        client = client_at(moto, "iam")
        with Stubber(client) as stubber:
            stubber.add_client_error("get_user", "NoSuchEntity", "none")
            stubber.add_client_error("create_user", "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 5000")
            with pytest.raises(AwsQuotaError, match="UsersPerAccount"):
                made(BotoCalls(lambda _service: client, "eu-west-1"), keys_file)


def user_of_iam() -> dict[str, Any]:
    return {
        "Path": "/",
        "UserName": "deployer",
        "UserId": "A" * 20,
        "Arn": "arn:aws:iam::123456789012:user/deployer",
        "CreateDate": "2026-11-28T00:00:00Z",
    }

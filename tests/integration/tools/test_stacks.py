"""The commands for stacks, as a user runs them, with the ZenML of this process and AWS on loopback."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from loguru import logger
from zenml.client import Client

from tests.support.aws import ROLE, client_at, moto_server
from tests.support.sagemaker_control import REGION
from tests.support.zenml_stacks import BUCKET, REPOSITORY, SECRET, clear_stacks, make_bucket
from tools import sagemaker, stacks

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(autouse=True)
def aws(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Yield the address of an AWS with a bucket and a repository."""
    httpx.post(f"{moto}/moto-api/reset", timeout=5).raise_for_status()
    make_bucket(moto)
    client_at(moto, "ecr").create_repository(repositoryName=REPOSITORY)
    for name, value in {
        "AWS_ENDPOINT_URL": moto,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY": "test-id",
        "AWS_SECRET_KEY": "hunter2",
        "AWS_ARN_ROLE": ROLE,
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "DATABASE_HOST": "mongodb://ada:hunter3@db.example.org",
        "QDRANT_URL": "https://q.example.org",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.yaml").write_text("parameters: {tags: {team: ada}}", encoding="utf-8")
    clear_stacks()
    yield moto
    clear_stacks()
    logger.remove()


def command(*arguments: str) -> Result:
    """Return what a command ended with; an error that it does not tell is raised."""
    return CliRunner().invoke(stacks.main, arguments, catch_exceptions=False)


def set_aws(*arguments: str) -> Result:
    return command("set-aws", "--config", "stack.yaml", *arguments)


def test_there_and_back() -> None:
    there = set_aws()

    assert there.exit_code == 0, there.output
    assert "exported: DATABASE_HOST, QDRANT_URL, TEXT_EMBEDDING_BACKEND, AWS_REGION\n" in there.stderr
    assert "left out: AWS_SECRET_KEY (a step has no key: it runs as the execution role)\n" in there.stderr
    assert there.stderr.index(f"secret {SECRET} is made") < there.stderr.index("stack llm-twin-aws is made")
    assert "before a run, connect to a server" in there.stderr
    assert Client().active_stack_model.name == "llm-twin-aws"

    back = command("set-local")

    assert back.stdout == "stack default is the active one: pipelines run on this machine\n"
    assert Client().active_stack_model.name == "default"
    assert command("set-local").exit_code == 0


def test_again_the_secret_is_left_alone() -> None:
    set_aws()
    again = set_aws()

    assert again.exit_code == 0, again.output
    assert f"secret {SECRET} is there already" in again.stderr
    assert "is made" not in again.stderr


def test_a_dry_run_shows_all_calls_and_changes_nothing() -> None:
    shown = set_aws("--dry-run")

    assert shown.exit_code == 0, shown.output
    calls = [
        line.split()[0] for line in shown.stdout.splitlines() if line.startswith(("zenml.", "s3.", "ecr.", "sts."))
    ]
    assert [call for call in calls if not call.startswith("zenml.list_")] == [
        "sts.get_caller_identity",
        "s3.get_bucket_location",
        "ecr.describe_repositories",
        "zenml.create_secret",
        "zenml.create_stack_component",
        "zenml.create_stack_component",
        "zenml.create_stack_component",
        "zenml.create_stack_component",
        "zenml.create_stack",
        "zenml.activate_stack",
    ]
    assert "hunter" not in shown.output
    assert Client().active_stack_model.name == "default"
    assert {component.name for component in Client().list_stack_components().items} == {"default"}
    assert Client().list_secrets().total == 0


def test_a_dry_run_needs_nobody_who_is_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_ARN_ROLE"):
        monkeypatch.delenv(name)

    shown = set_aws("--dry-run")

    assert shown.exit_code == 0, shown.output
    assert "Nobody is signed in" in shown.stderr
    assert '"bucket": "llm-twin-000000000000-eu-west-1"' in shown.stdout


def test_a_bucket_that_is_missing_ends_it_before_zenml_is_asked(aws: str) -> None:
    client_at(aws, "s3").delete_bucket(Bucket=BUCKET)

    failed = set_aws()

    assert failed.exit_code == 1
    assert f"Error: There is no bucket '{BUCKET}'." in failed.stderr
    assert f"aws s3 mb s3://{BUCKET} --region {REGION}" in failed.stderr
    assert Client().list_secrets().total == 0


def test_without_a_role_there_is_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ARN_ROLE")

    failed = set_aws()

    assert failed.exit_code == 1
    assert "AWS_ARN_ROLE is not set" in failed.stderr


def test_an_unknown_key_is_told_with_the_closest_one(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text("parameters: {bukket: mine}", encoding="utf-8")

    failed = set_aws()

    assert failed.exit_code == 1
    assert "unknown key 'parameters.bukket'. Did you mean 'bucket'?" in failed.stderr


def test_settings_are_exported_changed_and_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert command("export-settings").exit_code == 0
    monkeypatch.setenv("DATABASE_HOST", "mongodb://localhost")

    changed = command("export-settings")

    assert changed.stderr.splitlines() == [
        "exported: QDRANT_URL, TEXT_EMBEDDING_BACKEND, AWS_REGION",
        "left out: DATABASE_HOST (it is an address of this machine, which steps elsewhere do not reach)",
        "left out: AWS_ACCESS_KEY (a step has no key: it runs as the execution role)",
        "left out: AWS_SECRET_KEY (a step has no key: it runs as the execution role)",
        "left out: AWS_ARN_ROLE (only who starts jobs needs it)",
        f"- secret {SECRET} has no longer: DATABASE_HOST",
    ]
    shown = command("delete-settings", "--dry-run")
    assert "zenml.delete_secret" in shown.stdout
    assert Client().list_secrets().total == 1
    assert command("delete-settings").stderr == f"- secret {SECRET} is deleted\n"
    assert command("delete-settings").stderr == f"- there is no secret {SECRET}\n"


def test_the_secret_is_named_by_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTINGS_SECRET_NAME", "mine")

    assert "- secret mine is made" in command("export-settings").stderr


class TestRights:
    """What runs on the stack may be added to the role and the user that other commands make."""

    def run(self, verb: str, *arguments: str) -> Result:
        config = str(Path(__file__).parents[3] / "configs/inference_endpoint.yaml")
        return CliRunner().invoke(
            sagemaker.main,
            [verb, "--config", config, "--stack-config", "stack.yaml", *arguments],
            catch_exceptions=False,
        )

    def test_the_role_gets_them_keeps_them_and_loses_them(self, aws: str) -> None:
        iam = client_at(aws, "iam")

        def policies() -> list[str]:
            return sorted(iam.list_role_policies(RoleName="llm-twin-execution")["PolicyNames"])

        assert self.run("create-execution-role", "--pipelines").exit_code == 0
        assert policies() == ["execution_pipelines", "execution_serving"]
        self.run("create-execution-role")
        assert policies() == ["execution_pipelines", "execution_serving"]
        self.run("create-execution-role", "--no-pipelines")
        assert policies() == ["execution_serving"]

    def test_training_jobs_have_rights_of_their_own(self, aws: str, tmp_path: Path) -> None:
        (tmp_path / "stack.yaml").write_text("parameters: {warm_seconds: 600}", encoding="utf-8")
        self.run("create-execution-role", "--pipelines")
        names = client_at(aws, "iam").list_role_policies(RoleName="llm-twin-execution")["PolicyNames"]
        assert sorted(names) == ["execution_pipelines", "execution_pipelines_jobs", "execution_serving"]

    def test_so_does_the_user(self, aws: str) -> None:
        iam = client_at(aws, "iam")

        def policies() -> list[str]:
            attached = iam.list_attached_user_policies(UserName="llm-twin-deployer")["AttachedPolicies"]
            return sorted(policy["PolicyName"] for policy in attached)

        assert self.run("create-role", "--no-keys", "--pipelines").exit_code == 0
        assert policies() == ["llm-twin-deployer", "llm-twin-deployer-pipelines"]
        self.run("create-role", "--no-keys")
        assert policies() == ["llm-twin-deployer", "llm-twin-deployer-pipelines"]
        self.run("create-role", "--no-keys", "--no-pipelines")
        assert policies() == ["llm-twin-deployer"]

    def test_another_region_than_that_of_the_stack_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "stack.yaml").write_text("parameters: {region: us-east-1}", encoding="utf-8")

        failed = self.run("create-execution-role", "--pipelines")

        assert failed.exit_code == 1
        assert "The stack is in us-east-1, and the rights would be for eu-west-1" in failed.stderr

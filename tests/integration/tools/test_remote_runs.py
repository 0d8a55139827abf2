"""Pipelines are sent to SageMaker by a user who is connected to a ZenML server, with AWS on loopback."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from llm_engineering.infrastructure.aws.policies import Policy, policy_text
from tests.support.aws import ROLE, client_at, moto_server
from tests.support.pipelines_control import PipelinesPlane
from tests.support.sagemaker_control import REGION, served
from tests.support.zenml_server import ROOT, CommandProcess, Ended, command_process, zenml_server
from tests.support.zenml_stacks import BUCKET, IMAGE, REPOSITORY, SECRET, make_bucket, push_image

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(600)]

SECRETS: Final = ("hunter2", "hunter3", "hunter4")
STACK: Final = f"""
parameters:
  image: {IMAGE}
  tags: {{team: ada}}
  step_operator: {{}}
"""
RUN: Final = """
parameters:
  authors:
    - {author_full_name: Ada Lovelace, links: ["https://ada.dev"]}
    - {author_full_name: Grace Hopper, links: ["https://grace.dev"]}
settings:
  orchestrator: {max_runtime_in_seconds: 7200}
steps:
  crawl_links: {settings: {orchestrator: {volume_size_in_gb: 100}}}
  load_to_vector_db: {settings: {orchestrator: {instance_type: ml.c5.2xlarge}}}
"""


SHARDED: Final = """
parameters:
  author_full_names: [Ada Lovelace]
  shards: 4
settings:
  orchestrator: {max_runtime_in_seconds: 7200}
steps:
  write_shard: {settings: {orchestrator: {instance_type: ml.c5.2xlarge}}}
"""


class Remote(NamedTuple):
    """A user, and the AWS that he reaches."""

    run: CommandProcess
    plane: PipelinesPlane
    folder: Path
    moto: str

    def end_to_end(self, text: str = RUN) -> Ended:
        (self.folder / "run.yaml").write_text(text, encoding="utf-8")
        return self.run(
            "tools.run", "--run-end-to-end-data", "--no-cache", "--end-to-end-data-config-filename", "run.yaml"
        )

    def in_shards(self, text: str = SHARDED) -> Ended:
        (self.folder / "shards.yaml").write_text(text, encoding="utf-8")
        return self.run(
            "tools.run",
            "--run-feature-engineering",
            "--no-cache",
            "--feature-engineering-config-filename",
            "shards.yaml",
        )


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    folder = tmp_path_factory.mktemp("remote")
    with (
        moto_server() as moto,
        served(plane := PipelinesPlane()) as address,
        zenml_server(folder) as zenml,
    ):
        make_bucket(moto)
        client_at(moto, "ecr").create_repository(repositoryName=REPOSITORY)
        push_image(moto)
        (folder / "stack.yaml").write_text(STACK, encoding="utf-8")
        variables = {
            "ZENML_STORE_URL": zenml,
            "ZENML_STORE_USERNAME": "default",
            "ZENML_STORE_PASSWORD": "",
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_SAGEMAKER": address,
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY": "test-id",
            "AWS_SECRET_KEY": SECRETS[0],
            "AWS_ARN_ROLE": ROLE,
            "DATABASE_HOST": f"mongodb://ada:{SECRETS[1]}@db.invalid",
            "QDRANT_URL": "https://qdrant.invalid",
            "QDRANT_API_KEY": SECRETS[2],
            "STORE_TIMEOUT_SECONDS": "1",
        }
        with command_process(folder, variables) as run:
            registered = run("tools.stacks", "set-aws", "--config", "stack.yaml")
            assert registered.exit_code == 0, registered.stderr
            yield Remote(run, plane, folder, moto)


class Sent(NamedTuple):
    """A run that was sent."""

    ended: Ended
    asked: list[tuple[str, dict[str, Any]]]

    @property
    def created(self) -> dict[str, Any]:
        (parameters,) = [parameters for name, parameters in self.asked if name == "CreatePipeline"]
        return parameters

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """What the pipeline is to do, by the name of the step."""
        return {step["Name"]: step for step in json.loads(self.created["PipelineDefinition"])["Steps"]}


@pytest.fixture(scope="module")
def sent(connected: Remote) -> Sent:
    connected.plane.reset()
    return Sent(connected.end_to_end(), list(connected.plane.asked))


@pytest.fixture
def remote(connected: Remote) -> Remote:
    connected.plane.reset()
    return connected


def test_the_request_says_what_runs_where_as_whom_and_after_what(sent: Sent) -> None:
    assert sent.ended.exit_code == 0, sent.ended.stderr
    assert [name for name, _ in sent.asked] == ["CreatePipeline", "StartPipelineExecution", "ListDomains"]
    assert sent.created["RoleArn"] == ROLE
    assert sent.created["Tags"] == [{"Key": "team", "Value": "ada"}, {"Key": "llm-twin", "Value": "pipeline"}]
    steps = sent.steps
    assert {name: step.get("DependsOn", []) for name, step in steps.items()} == {
        "get_or_create_user": [],
        "get_or_create_user_2": [],
        "crawl_links": ["get_or_create_user"],
        "crawl_links_2": ["get_or_create_user_2"],
        "join_duplicates": ["crawl_links", "get_or_create_user"],
        "join_duplicates_2": ["crawl_links_2", "get_or_create_user_2"],
        "require_crawled": ["crawl_links", "join_duplicates", "join_duplicates_2"],
        "require_crawled_2": ["crawl_links_2", "join_duplicates", "join_duplicates_2"],
        "query_data_warehouse": ["require_crawled", "require_crawled_2"],
        "clean_documents": ["query_data_warehouse"],
        "chunk_documents": ["clean_documents"],
        "load_to_vector_db": ["chunk_documents", "query_data_warehouse"],
        "switch_index": ["load_to_vector_db"],
    }
    clusters = {name: step["Arguments"]["ProcessingResources"]["ClusterConfig"] for name, step in steps.items()}
    assert {name: (each["InstanceType"], each["VolumeSizeInGB"]) for name, each in clusters.items()} == {
        **dict.fromkeys(steps, ("ml.m5.large", 30)),
        "crawl_links": ("ml.m5.large", 100),
        "crawl_links_2": ("ml.m5.large", 100),
        "load_to_vector_db": ("ml.c5.2xlarge", 30),
    }
    for name, step in steps.items():
        job = step["Arguments"]
        assert step["Type"] == "Processing"
        assert job["RoleArn"] == ROLE
        assert job["AppSpecification"]["ImageUri"] == IMAGE
        assert job["AppSpecification"]["ContainerEntrypoint"][:3] == ["python", "-m", "zenml.entrypoints.entrypoint"]
        assert job["AppSpecification"]["ContainerEntrypoint"][-2:] == ["--step_name", name]
        assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
        assert job["Tags"] == [{"Key": "team", "Value": "ada"}, {"Key": "llm-twin", "Value": "pipeline"}]


def test_a_run_that_goes_on_says_where_it_can_be_watched_and_shows_no_figures(sent: Sent) -> None:
    told = [line for line in sent.ended.stdout.splitlines() if not line.startswith("\x1b")]

    assert told[0].startswith("end_to_end_data_")
    assert told[0].endswith(" was sent and is provisioning. Its figures are there when it has ended.")
    assert [line.split(": ")[0].split()[0] for line in told[1:]] == ["ZenML", "SageMaker", "logs", "execution", "zenml"]
    assert f"pipeline/{sent.created['PipelineName']}/execution/abcdefghijkl" in "\n".join(told)


def test_no_secret_of_the_settings_is_in_what_is_sent(sent: Sent) -> None:
    text = json.dumps(sent.asked) + sent.ended.stdout + sent.ended.stderr
    assert not any(secret in text for secret in SECRETS)
    names = {name for step in sent.steps.values() for name in step["Arguments"]["Environment"]}
    assert not {"DATABASE_HOST", "QDRANT_URL", "QDRANT_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"} & names
    # ZenML's own: by it a step reports to the server. It is of this run alone, and ends with it.
    assert {name for name in names if "TOKEN" in name} == {
        "ZENML_STORE_API_TOKEN_CHUNK_0",
        "ZENML_STORE_API_TOKEN_CHUNK_1",
    }


def test_a_step_that_is_started_as_the_request_says_has_the_settings_of_the_secret(remote: Remote, sent: Sent) -> None:
    address = "--DATABASE_HOST=mongodb://127.0.0.1:1"  # where nothing listens
    remote.run("zenml.cli.cli:cli", "secret", "update", SECRET, address)
    job = sent.steps["get_or_create_user"]["Arguments"]
    given = {name: value for name, value in job["Environment"].items() if isinstance(value, str)}

    finished = subprocess.run(
        job["AppSpecification"]["ContainerEntrypoint"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "ZENML_CONFIG_PATH": str(remote.folder / "container"),
            # What SageMaker gives: its name for the run, and credentials of the role.
            "ZENML_SAGEMAKER_RUN_ID": "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/twin/execution/abcdefghijkl",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "of-the-role",
            "AWS_SECRET_ACCESS_KEY": "of-the-role",
            "AWS_ENDPOINT_URL": remote.moto,
            **given,
        },
        check=False,
        capture_output=True,
        text=True,
    )

    remote.run("tools.stacks", "export-settings")

    assert finished.returncode != 0
    assert "127.0.0.1:1" in finished.stdout + finished.stderr
    assert not any(secret in finished.stdout + finished.stderr for secret in SECRETS)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ThrottlingException", "Wait a minute and run the command again."),
        ("ResourceLimitExceeded", "Ask for a higher quota"),
        ("AccessDeniedException", "Ask as somebody who may"),
    ],
)
def test_a_pipeline_that_is_not_made_leaves_nothing(remote: Remote, code: str, said: str) -> None:
    remote.plane.refuse("CreatePipeline", code)

    failed = remote.end_to_end()

    assert failed.exit_code == 1
    assert f"Error: sagemaker.CreatePipeline failed with {code}" in failed.stderr
    assert "Nothing of it exists in SageMaker." in failed.stderr
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_pipeline_that_is_made_and_not_started_is_named(remote: Remote) -> None:
    remote.plane.refuse("StartPipelineExecution", "ThrottlingException")

    failed = remote.end_to_end()

    (name,) = remote.plane.pipelines
    assert failed.exit_code == 1
    assert f"What exists now in SageMaker:\n    pipeline {name}: not started; it costs nothing" in failed.stderr
    assert "as failed." in failed.stderr
    assert remote.end_to_end().exit_code == 0
    assert list(remote.plane.executions.values()) == [["Executing"]]
    # And who sends runs may do what was asked for here.
    asked = {f"sagemaker:{operation}" for operation, _ in remote.plane.asked}
    statements = json.loads(policy_text(Policy.DEPLOYER_PIPELINES))["Statement"]
    assert asked == {
        "sagemaker:CreatePipeline",
        "sagemaker:StartPipelineExecution",
        "sagemaker:ListDomains",
        "sagemaker:ListPipelines",
        "sagemaker:ListPipelineExecutions",
        "sagemaker:ListProcessingJobs",
    }
    assert asked <= {action for statement in statements for action in statement["Action"]}


def test_an_expired_sign_in_leaves_it_open_what_exists(remote: Remote) -> None:
    remote.plane.expires_at = "StartPipelineExecution"

    failed = remote.end_to_end()

    assert failed.exit_code == 1
    assert "failed with ExpiredTokenException" in failed.stderr
    assert "What exists in SageMaker is not known" in failed.stderr
    assert "aws sso login" in failed.stderr


def test_a_run_that_is_waited_for_and_fails_is_told_as_sagemaker_says(remote: Remote) -> None:
    remote.plane.status = "Failed"

    failed = remote.end_to_end(RUN.replace("orchestrator: {max", "orchestrator: {synchronous: true, max"))

    (name,) = remote.plane.pipelines
    assert failed.exit_code == 1
    assert f"SageMaker says: pipeline {name}: Failed." in failed.stderr
    assert "zenml pipeline runs refresh end_to_end_data_" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_bucket_that_is_gone_ends_it_before_anything_is_sent(remote: Remote) -> None:
    s3 = client_at(remote.moto, "s3")
    for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):  # the logs of other runs
        s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    s3.delete_bucket(Bucket=BUCKET)

    failed = remote.end_to_end()
    make_bucket(remote.moto)

    assert failed.exit_code == 1
    assert f"There is no bucket '{BUCKET}'" in failed.stderr
    assert remote.plane.asked == []


def test_stores_of_this_machine_end_it_before_anything_is_sent(remote: Remote) -> None:
    remote.run("tools.stacks", "export-settings", DATABASE_HOST="", QDRANT_URL="http://localhost:6333")

    failed = remote.end_to_end()
    remote.run("tools.stacks", "export-settings")

    assert failed.exit_code == 1
    assert "DATABASE_HOST is not in its secret; QDRANT_URL is not in its secret" in failed.stderr
    assert "poetry poe export-settings-to-zenml" in failed.stderr
    assert remote.plane.asked == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("https://ada.dev", "./notes"), "'./notes' is a file or folder of this machine"),
        (("load_to_vector_db", "load_to_vectors"), "unknown step 'steps.load_to_vectors'. Did you mean 'load_to"),
        (("max_runtime_in_seconds", "max_runtime"), "unknown key 'settings.orchestrator.max_runtime'. Did you mean"),
    ],
)
def test_what_the_stack_cannot_do_is_told_before_anything_is_sent(
    remote: Remote, change: tuple[str, str], said: str
) -> None:
    failed = remote.end_to_end(RUN.replace(*change))

    assert failed.exit_code == 1
    assert said in failed.stderr
    assert "Nothing was sent." in failed.stderr
    assert remote.plane.asked == []


def test_pipelines_that_need_this_machine_and_several_at_once_are_refused(remote: Remote) -> None:
    training = remote.run(
        "tools.run", "--run-training", "--training-config-filename", str(ROOT / "configs/training.yaml")
    )
    both = remote.run(
        "tools.run",
        "--run-etl",
        "--run-feature-engineering",
        "--etl-config-filename",
        str(ROOT / "configs/digital_data_etl_blog.yaml"),
        "--feature-engineering-config-filename",
        str(ROOT / "configs/feature_engineering.yaml"),
    )

    assert "--run-training runs on this machine only: a step takes over the folder" in training.stderr
    assert "the next would begin before the last has ended" in both.stderr
    assert (training.exit_code, both.exit_code) == (1, 1)
    assert remote.plane.asked == []


def test_a_run_in_shards_is_led_by_one_job_which_may_start_those_of_the_shards(remote: Remote) -> None:
    sent = remote.in_shards()

    assert sent.exit_code == 0, sent.stderr
    ((operation, job),) = remote.plane.asked
    assert operation == "CreateProcessingJob"
    assert job["ProcessingJobName"].startswith("sharded-feature-engineering-")
    assert job["RoleArn"] == ROLE
    assert job["AppSpecification"]["ImageUri"] == IMAGE
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceType"] == "ml.m5.large"
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 7200}
    assert {"Key": "llm-twin", "Value": "pipeline"} in job["Tags"]
    assert "#/processing-jobs/sharded-feature-engineering-" in sent.stdout
    assert not any(secret in json.dumps(job) + sent.stdout + sent.stderr for secret in SECRETS)
    # Of jobs of such names, who sends the run may start the first, and the role in it the others.
    for policy in (Policy.DEPLOYER_PIPELINES, Policy.EXECUTION_PIPELINES):
        statements = json.loads(policy_text(policy))["Statement"]
        allowed = [each for each in statements if "sagemaker:CreateProcessingJob" in each["Action"]]
        assert "processing-job/sharded-*" in json.dumps(allowed)


def test_a_run_in_shards_that_is_not_started_leaves_nothing(remote: Remote) -> None:
    remote.plane.refuse("CreateProcessingJob", "ResourceLimitExceeded")

    failed = remote.in_shards()

    assert failed.exit_code == 1
    assert "Error: sagemaker.CreateProcessingJob failed with ResourceLimitExceeded" in failed.stderr
    assert "Nothing of it exists in SageMaker." in failed.stderr
    assert (
        remote.in_shards(SHARDED.replace("write_shard:", "write_shards:")).stderr.count("Did you mean 'write_shard'?")
        == 1
    )


def test_jobs_of_a_run_in_shards_are_named_after_a_failure(remote: Remote) -> None:
    assert remote.in_shards().exit_code == 0
    remote.plane.refuse("CreateProcessingJob", "ThrottlingException")

    failed = remote.in_shards()

    (name,) = remote.plane.jobs
    assert f"What exists now in SageMaker:\n    job {name}: InProgress" in failed.stderr

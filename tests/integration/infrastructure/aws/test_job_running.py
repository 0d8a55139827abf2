"""Jobs that are found, started, waited for and fetched, on AWS on loopback, with all that can go wrong on the way."""

from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import NamedTuple

import pytest

from llm_engineering.infrastructure.aws.calls import AwsCalls, BotoCalls
from llm_engineering.infrastructure.aws.errors import AwsBusyError, AwsDeniedError, AwsNotThereError, AwsSignInError
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_errors import (
    JobFailedError,
    JobOutOfTimeError,
    JobQuotaError,
    JobStoppedError,
    NoCapacityForJobError,
    UnfinishedJobError,
)
from llm_engineering.infrastructure.aws.job_prices import JobReport
from llm_engineering.infrastructure.aws.job_requests import JobRequests, below
from llm_engineering.infrastructure.aws.job_result import job_result
from llm_engineering.infrastructure.aws.job_results import (
    ArchiveTooLargeError,
    BadArchiveError,
    DownloadCutError,
    unpacked,
)
from llm_engineering.infrastructure.aws.job_running import FinishedJob, NotAJobError, described_jobs, stop_job
from llm_engineering.infrastructure.aws.policies import Policy, filled_policy
from llm_engineering.infrastructure.aws.training_roles import training_values
from llm_engineering.infrastructure.aws.waiting import Clock
from tests.support.aws import calls_at
from tests.support.clock import SteppedClock
from tests.support.jobs import requests_for_job, some_work, wanted_job
from tests.support.sagemaker_control import served
from tests.support.sagemaker_jobs import BUCKET, End, JobPlane, archive_of, make_bucket, put_archive, put_bytes

pytestmark = pytest.mark.integration


class Jobs(NamedTuple):
    """What a test needs to run jobs."""

    plane: JobPlane
    calls: BotoCalls
    folder: Path
    said: list[str]
    logged: list[str]

    def requests(self, job: SageMakerJob | None = None) -> JobRequests:
        return requests_for_job(job or wanted_job(), some_work(self.folder))

    def result(
        self, job: SageMakerJob | None = None, *, calls: AwsCalls | None = None, clock: Clock | None = None
    ) -> tuple[str, JobReport]:
        """Return the content of the one file that jobs of this test make."""
        stepped = SteppedClock()
        return job_result(
            calls or self.calls,
            self.requests(job),
            self.fetched,
            say=self.said.append,
            tell_log=self.logged.append,
            clock=clock or Clock(stepped.now, stepped.sleep),
        )

    def fetched(self, finished: FinishedJob) -> str:
        address = below(finished.results, "model.tar.gz")
        folder = unpacked(self.calls, address, self.folder / "got", limit_gb=1e-6, say=self.said.append)
        return (folder / "model.txt").read_text(encoding="utf-8")

    @property
    def place(self) -> str:
        """Where the archive of the first attempt lies."""
        return f"s3://{BUCKET}/twin/jobs/{self.requests().attempt_name(1)}/output/model.tar.gz"

    @property
    def started(self) -> int:
        return self.plane.changes.count("CreateTrainingJob")


@pytest.fixture(scope="module")
def at_work(moto: str) -> Iterator[tuple[JobPlane, BotoCalls]]:
    """Yield a control plane and calls of it; making their clients takes longer than a test."""
    plane = JobPlane()
    with served(plane) as address:
        yield plane, calls_at(moto, address)


@pytest.fixture
def jobs(at_work: tuple[JobPlane, BotoCalls], tmp_path: Path) -> Jobs:
    """Return an AWS in which nothing exists but the results of what will be attempted."""
    plane, calls = at_work
    plane.reset()
    make_bucket(calls)
    found = Jobs(plane, calls, tmp_path, [], [])
    for attempt in (1, 2):
        name = found.requests().attempt_name(attempt)
        put_archive(calls, f"s3://{BUCKET}/twin/jobs/{name}/output/model.tar.gz", {"model.txt": b"weights"})
    return found


def test_a_job_is_started_once_and_its_result_fetched(jobs: Jobs) -> None:
    jobs.plane.ends.append(End(training_seconds=3600, billable_seconds=1800))
    spot = wanted_job(spot={"max_wait_hours": 4})

    text, report = jobs.result(spot)
    again, _ = jobs.result(spot)

    assert (text, again, jobs.started) == ("weights", "weights", 1)
    assert (report.attempts, report.cost, report.spot_savings) == (1, 0.9, 0.5)
    assert report.results == f"s3://{BUCKET}/twin/jobs/{report.name}/output"
    assert jobs.said[0] == (
        "cost: at most 3.60 USD (2 hours on one ml.g5.xlarge at 1.8 an hour; configuration, looked up 2026-11-28, "
        "invoice); spare instances usually cost less"
    )
    assert any("1,800 s of ml.g5.xlarge, 50% saved by spare instances; cost: 0.90 USD" in line for line in jobs.said)
    assert f"job {report.name} has done this already" in jobs.said
    # The data were sent once, as they are.
    assert [line.partition(" to ")[0] for line in jobs.said if line.startswith("sent")] == ["sent 1 of 1 files"]


def test_a_job_under_way_is_waited_for_and_not_paid_twice(jobs: Jobs) -> None:
    jobs.plane.expires_at = "DescribeTrainingJob"
    with pytest.raises(UnfinishedJobError, match="security token") as caught:
        jobs.result()
    jobs.plane.expires_at, jobs.plane.is_expired = None, False
    # Another machine does not make it another work.
    text, _ = jobs.result(wanted_job(instance_type="ml.g6.xlarge"))

    assert isinstance(caught.value.cause, AwsSignInError)
    assert caught.value.existing is None
    assert "is started on ml.g5.xlarge" in str(caught.value)
    assert "the same command finds it again" in str(caught.value)
    assert (text, jobs.started) == ("weights", 1)
    assert any("is at it already (InProgress); waiting for it" in line for line in jobs.said)


def test_a_price_that_is_not_known_is_said_to_be_so(jobs: Jobs) -> None:
    _, report = jobs.result(wanted_job(price=None))

    assert report.cost is None
    assert report.figures["cost"] == "unknown"
    assert jobs.said[0].startswith("cost: unknown per hour (the price list of AWS has no price for ml.g5.xlarge")


def test_a_full_quota_says_which_one_and_the_next_run_starts_the_job(jobs: Jobs) -> None:
    jobs.plane.refuse("CreateTrainingJob", "ResourceLimitExceeded", "The account-level service limit is 0 Instances")

    with pytest.raises(UnfinishedJobError, match=r"'ml\.g5\.xlarge for spot training job usage'") as caught:
        jobs.result(wanted_job(spot={"max_wait_hours": 4}))

    assert isinstance(caught.value.cause, JobQuotaError)
    assert "No job of it exists in AWS." in str(caught.value)
    assert jobs.result()[0] == "weights"


def test_throttled_looks_end_no_wait(jobs: Jobs) -> None:
    jobs.plane.refuse("DescribeTrainingJob", "ThrottlingException", times=4)

    assert jobs.result()[0] == "weights"


def test_a_throttled_start_can_be_repeated(jobs: Jobs) -> None:
    jobs.plane.refuse("CreateTrainingJob", "ThrottlingException")

    with pytest.raises(UnfinishedJobError) as caught:
        jobs.result()

    assert isinstance(caught.value.cause, AwsBusyError)
    assert jobs.result()[0] == "weights"


@pytest.mark.parametrize(
    ("end", "error", "remedy"),
    [
        (End("Failed", reason="AlgorithmError: The disk is full., exit code: 1"), JobFailedError, "Correct the cause"),
        (End("Failed", reason="CapacityError: Unable to provision."), NoCapacityForJobError, "another `instance_type`"),
        (End("Stopped", "MaxWaitTimeExceeded"), NoCapacityForJobError, "spot.max_wait_hours"),
        (End("Stopped", "MaxRuntimeExceeded"), JobOutOfTimeError, "Raise `max_hours`"),
        (End("Stopped"), JobStoppedError, "goes on from the last checkpoint"),
    ],
)
def test_a_job_that_ends_without_a_result_is_followed_by_another_attempt(
    jobs: Jobs, end: End, error: type[Exception], remedy: str
) -> None:
    jobs.plane.ends.append(end)

    with pytest.raises(UnfinishedJobError) as caught:
        jobs.result()
    text, report = jobs.result()

    assert type(caught.value.cause) is error
    assert end.reason in str(caught.value)
    assert remedy in caught.value.remedy
    first = jobs.requests().attempt_name(1)
    assert caught.value.existing == [
        f"job {first}: {end.status}",
        f"checkpoints, if it wrote any: {jobs.requests().checkpoints}/",
    ]
    assert (text, report.attempts, report.name) == ("weights", 2, jobs.requests().attempt_name(2))
    # Both use the same checkpoints.
    assert {job["CheckpointConfig"]["S3Uri"] for job in jobs.plane.jobs.values()} == {jobs.requests().checkpoints}


def test_a_job_that_another_run_starts_meanwhile_is_waited_for(jobs: Jobs) -> None:
    class Late:
        """Calls that do not see yet what another run has started."""

        region = jobs.calls.region
        call = jobs.calls.call

        def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[object]:
            return (
                [] if operation == "list_training_jobs" else jobs.calls.pages(service, operation, items, **parameters)
            )

    jobs.plane.answer("CreateTrainingJob", jobs.requests().attempt(1))

    assert jobs.result(calls=Late())[0] == "weights"
    assert len(jobs.plane.jobs) == 1
    assert any("was started by another run" in line for line in jobs.said)


def test_the_log_is_told_while_the_job_runs_and_steers_no_terminal(jobs: Jobs) -> None:
    group, stream = "/aws/sagemaker/TrainingJobs", f"{jobs.requests().attempt_name(1)}/algo-1-123"
    groups = jobs.calls.pages("logs", "describe_log_groups", "logGroups")
    if group not in [each["logGroupName"] for each in groups]:
        jobs.calls.call("logs", "create_log_group", logGroupName=group)
    jobs.calls.call("logs", "create_log_stream", logGroupName=group, logStreamName=stream)
    now = round(time() * 1000)
    events = [{"timestamp": now, "message": "step 1 of 8"}, {"timestamp": now + 1, "message": "\x1b[2Jstep\n 2"}]
    jobs.calls.call("logs", "put_log_events", logGroupName=group, logStreamName=stream, logEvents=events)

    jobs.result()

    assert jobs.logged == ["step 1 of 8", " [2Jstep  2"]


@pytest.mark.parametrize(("code", "times"), [("ThrottlingException", 1), ("AccessDeniedException", 3)])
def test_a_log_that_cannot_be_read_ends_no_wait(jobs: Jobs, code: str, times: int) -> None:
    class WithoutLog:
        """Calls that the log refuses at first."""

        region = jobs.calls.region
        call = jobs.calls.call
        left = times

        def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[object]:
            if service == "logs" and self.left:
                self.left -= 1
                raise (AwsBusyError if code == "ThrottlingException" else AwsDeniedError)("logs", code, "not now")
            return jobs.calls.pages(service, operation, items, **parameters)

    assert jobs.result(calls=WithoutLog())[0] == "weights"
    told = [line for line in jobs.logged if line.startswith("(the log is not shown:")]
    assert len(told) == (code == "AccessDeniedException")


def test_somebody_who_stops_waiting_is_told_how_to_go_on(jobs: Jobs) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    jobs.plane.looks = 2

    with pytest.raises(KeyboardInterrupt):
        jobs.result(clock=Clock(SteppedClock().now, interrupted))

    assert f"stop-job {jobs.requests().attempt_name(1)}" in jobs.said[-1]
    assert jobs.result()[0] == "weights"
    assert jobs.started == 1


def test_a_job_is_stopped_once(jobs: Jobs) -> None:
    jobs.plane.looks = 3
    jobs.plane.answer("CreateTrainingJob", jobs.requests().attempt(1))
    name = jobs.requests().attempt_name(1)

    stop_job(jobs.calls, name)

    with pytest.raises(UnfinishedJobError, match="is Stopped"):
        jobs.result()
    with pytest.raises(NotAJobError, match="is Stopped"):
        stop_job(jobs.calls, name)


def test_results_that_are_not_there_are_told_and_fetched_by_the_next_run(jobs: Jobs) -> None:
    jobs.calls.call("s3", "delete_object", Bucket=BUCKET, Key=jobs.place.removeprefix(f"s3://{BUCKET}/"))

    with pytest.raises(UnfinishedJobError, match=r"s3\.head_object failed with 404") as caught:
        jobs.result()
    put_archive(jobs.calls, jobs.place, {"model.txt": b"late"})

    assert isinstance(caught.value.cause, AwsNotThereError)
    assert (jobs.result()[0], jobs.started) == ("late", 1)


def test_what_is_asked_for_is_what_the_user_may_do(jobs: Jobs) -> None:
    values = {
        **training_values(wanted_job()),
        "account": "123456789012",
        "partition": "aws",
        "region": "eu-west-1",
        "execution_role": "llm-twin-execution",
    }
    statements = filled_policy(Policy.DEPLOYER_TRAINING, values)["Statement"]
    allowed = {
        name
        for each in statements
        for name in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }

    jobs.plane.looks = 3
    jobs.plane.answer("CreateTrainingJob", jobs.requests().attempt(1))
    stop_job(jobs.calls, jobs.requests().attempt_name(1))
    with pytest.raises(UnfinishedJobError):
        jobs.result(wanted_job(price=None))
    described_jobs(jobs.calls, "twin")

    asked = {name for name, _ in jobs.plane.asked}
    assert {name for name in allowed if name.startswith("sagemaker:")} == {
        f"sagemaker:{name}" for name in asked if "Job" in name
    } | {"sagemaker:AddTags"}
    # AWS's transfers of files, and moto's log and the price list, keep no list of calls.
    assert {name for name in allowed if not name.startswith("sagemaker:")} == {
        "iam:PassRole",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "pricing:GetProducts",
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    }
    folder = "arn:aws:s3:::twin-bucket/twin/*"
    assert [each["Resource"] for each in statements if each["Sid"] == "SendDataAndFetchResults"] == [folder]


def test_jobs_of_moto_are_found_and_fetched_too(jobs: Jobs, moto: str) -> None:
    """moto checks no names and ends each job at once, but its answers are those of AWS in form."""
    calls = calls_at(moto)

    text, report = jobs.result(wanted_job(tags={"team": "ada"}), calls=calls)
    again, _ = jobs.result(calls=calls)

    assert (text, again, report.attempts, report.billable_seconds) == ("weights", "weights", 1, 0)
    (made,) = calls.pages("sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains="twin-train-")
    assert made["TrainingJobName"] == report.name


HALF = archive_of({"model.txt": b"weights" * 100})[:-30]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no archive", "no whole .tar.gz"),
        (HALF, "no whole .tar.gz"),
        (archive_of({"../outside.txt": b"x"}), "would be written outside"),
        (archive_of({"/outside.txt": b"x"}), "would be written outside"),
        (archive_of({"model.txt": b"0" * 2000}), "holds more than 1e-06 GB"),
    ],
    ids=["no archive", "cut", "parent folder", "absolute path", "too large"],
)
def test_a_bad_archive_leaves_nothing_and_the_next_run_downloads_again(
    jobs: Jobs, content: bytes, problem: str
) -> None:
    (jobs.folder / "got").mkdir()
    (jobs.folder / "got/model.txt").write_text("before", encoding="utf-8")
    put_bytes(jobs.calls, jobs.place, content)

    with pytest.raises(UnfinishedJobError, match=problem) as caught:
        jobs.result()

    assert isinstance(caught.value.cause, BadArchiveError | ArchiveTooLargeError)
    assert (jobs.folder / "got/model.txt").read_text(encoding="utf-8") == "before"
    assert sorted(path.name for path in jobs.folder.iterdir()) == ["got", "samples.jsonl"]
    put_archive(jobs.calls, jobs.place, {"model.txt": b"mended"})
    assert (jobs.result()[0], jobs.started) == ("mended", 1)


def test_a_download_that_is_cut_is_not_taken_for_whole(jobs: Jobs) -> None:
    class Cut:
        """Calls whose downloads lack their last byte."""

        region = jobs.calls.region

        def call(self, service: str, operation: str, **parameters: object) -> object:
            answer = jobs.calls.call(service, operation, **parameters)
            if operation == "download_file":
                path = Path(str(parameters["Filename"]))
                path.write_bytes(path.read_bytes()[:-1])
            return answer

        pages = jobs.calls.pages

    with pytest.raises(DownloadCutError, match="bytes"):
        unpacked(Cut(), jobs.place, jobs.folder / "got", limit_gb=1, say=jobs.said.append)  # type: ignore[arg-type]
    assert not (jobs.folder / "got").exists()

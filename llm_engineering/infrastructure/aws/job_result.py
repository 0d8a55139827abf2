"""From some work to its result: a job that is found or started, waited for, and brought here, with what it has cost."""

from collections.abc import Callable
from typing import TypeVar

from llm_engineering.infrastructure.aws.calls import AwsCalls, BotoCalls
from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.aws.errors import RoleMissingError
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob
from llm_engineering.infrastructure.aws.job_errors import told_job_state
from llm_engineering.infrastructure.aws.job_prices import JobReport, estimate, job_price, job_report, report_words
from llm_engineering.infrastructure.aws.job_requests import JobRequests, JobWork
from llm_engineering.infrastructure.aws.job_running import FinishedJob, JobRunning
from llm_engineering.infrastructure.aws.waiting import Clock, Waiting
from llm_engineering.settings import Settings

T = TypeVar("T")

_GRACE_SECONDS = 3600
"""After AWS should have ended a job: for its results to be written."""


def connected_calls(settings: Settings) -> AwsCalls:
    """Return calls of AWS as the settings say.

    Raises:
        AwsMissingError: The extra `aws` is not installed, or there is no region.
    """
    return BotoCalls.connect(AwsAccess.of(settings), purpose="a training job")


def job_requests(
    settings: Settings, job: SageMakerJob, work: JobWork, region: str, *, example_role: str | None = None
) -> JobRequests:
    """Return the requests for some work as the settings say.

    Args:
        settings: Of the role and the token of the Hub.
        job: On what it runs.
        work: What it does.
        region: Where.
        example_role: ARN that stands for a role that is not set, where requests are only shown.

    Raises:
        RoleMissingError: It is not set which role the container runs as.
    """
    role, token = settings.aws_arn_role or example_role, settings.huggingface_access_token
    if role is None:
        raise RoleMissingError
    return JobRequests(job, work, role=role, region=region, hub_token=token.get_secret_value() if token else None)


def job_result(
    calls: AwsCalls,
    requests: JobRequests,
    fetch: Callable[[FinishedJob], T],
    *,
    say: Callable[[str], None],
    tell_log: Callable[[str], None],
    clock: Clock = Clock(),  # noqa: B008 - it has no state
) -> tuple[T, JobReport]:
    """Return what a job has made, and what it took.

    Args:
        calls: How AWS is called.
        requests: The work.
        fetch: Brings the result here; a failure of it loses nothing, the next run calls it again.
        say: Is given a line for each step.
        tell_log: Is given each line of the job's log.
        clock: Lets time go by.

    Raises:
        UnfinishedJobError: Something went wrong; it says what exists, and another call goes on.
    """
    done: list[str] = []

    def told(text: str) -> None:
        done.append(text)
        say(text)

    seconds = requests.job.longest_hours * 3600 + _GRACE_SECONDS
    waiting = Waiting(seconds=seconds, clock=clock, say=told)
    with told_job_state(calls, requests.work_name, requests.checkpoints, done):
        running = JobRunning(calls, requests, waiting, tell_log)
        say(f"cost: {estimate(job_price(calls, requests.job, requests.job.instance_type), requests.job)}")
        finished = running.finished()
        result = fetch(finished)
        ran_on = str(finished.details["ResourceConfig"]["InstanceType"])
        report = job_report(job_price(calls, requests.job, ran_on), finished)
    say(report_words(report))
    return result, report

"""Starts a job, or finds the one that does the same work, and waits for its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsAlreadyThereError, AwsQuotaError
from llm_engineering.infrastructure.aws.job_errors import JobQuotaError, job_end
from llm_engineering.infrastructure.aws.job_files import send
from llm_engineering.infrastructure.aws.job_logs import JobLog
from llm_engineering.infrastructure.aws.job_requests import JobRequests
from llm_engineering.infrastructure.aws.waiting import Waiting

_UNDER_WAY: Final = ("InProgress", "Stopping")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job that was started for some work."""

    number: int
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """A job that has a result."""

    name: str
    details: Mapping[str, Any]
    """What AWS says of it."""
    attempts: tuple[Mapping[str, Any], ...]
    """What AWS says of all jobs for this work, in their order, this one the last."""

    @property
    def results(self) -> str:
        """Folder in S3 with `model.tar.gz` and `output.tar.gz`."""
        return str(self.details["ModelArtifacts"]["S3ModelArtifacts"]).rpartition("/")[0]


class JobRunning:
    """Sees to it that some work is done once.

    Args:
        calls: How AWS is called.
        requests: What is to be done.
        waiting: How long to wait; its `say` is given a line for each step.
        tell_log: Is given each line of the job's log.
    """

    def __init__(
        self, calls: AwsCalls, requests: JobRequests, waiting: Waiting, tell_log: Callable[[str], None]
    ) -> None:
        self._calls = calls
        self._requests = requests
        self._waiting = waiting
        self._say = waiting.say
        self._tell_log = tell_log

    def finished(self) -> FinishedJob:
        """Return the finished job for the work: one of an earlier run, one that is under way, or a new one.

        Raises:
            AwsError: AWS refused something; a further run goes on.
            JobQuotaError: The account may not have another instance of this type.
            JobEndedError: The job ended without a result; a further run starts another attempt.
        """
        found = self.attempts()
        last = found[-1] if found else None
        if last is not None and last.status == "Completed":
            self._say(f"job {last.name} has done this already")
        elif last is not None and last.status in _UNDER_WAY:
            self._say(f"job {last.name} is at it already ({last.status}); waiting for it")
        else:
            last = self.start(found)
        details = self._settled(last.name)
        if details["TrainingJobStatus"] != "Completed":
            raise job_end(last.name, details)
        earlier = (each for each in found if each.name != last.name)
        return FinishedJob(last.name, details, (*(self._described(each.name) for each in earlier), details))

    def attempts(self) -> list[Attempt]:
        """Return the jobs that were started for the work, the oldest first."""
        name = self._requests.work_name
        jobs = self._calls.pages("sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=name)
        found = (
            (str(job["TrainingJobName"]).removeprefix(f"{name}-"), str(job["TrainingJobStatus"]))
            for job in jobs
            if str(job["TrainingJobName"]).startswith(f"{name}-")
        )
        return sorted(
            (Attempt(int(rest), f"{name}-{rest}", status) for rest, status in found if rest.isdigit()),
            key=lambda attempt: attempt.number,
        )

    def start(self, found: list[Attempt]) -> Attempt:
        """Send what the job works on, start it, and return it.

        Args:
            found: The attempts so far.
        """
        requests = self._requests
        number = found[-1].number + 1 if found else 1
        request = requests.attempt(number)  # before anything is sent: it may not fit
        if found:
            self._say(f"job {found[-1].name} is {found[-1].status}; attempt {number} goes on from its checkpoints")
        channels = requests.work.channels.values()
        for files in (*channels, *([requests.work.code] if requests.work.code else [])):
            send(self._calls, files, requests.place(files), self._say)
        try:
            self._calls.call("sagemaker", "create_training_job", **request)
        except AwsAlreadyThereError:  # started since it was looked for, by a run beside this one
            self._say(f"job {request['TrainingJobName']} was started by another run; waiting for it")
        except AwsQuotaError as error:
            raise JobQuotaError(error, requests.job.instance_type, uses_spot=requests.job.uses_spot) from error
        else:
            self._say(f"job {request['TrainingJobName']} is started on {requests.job.instance_type}")
        return Attempt(number, str(request["TrainingJobName"]), "InProgress")

    def _described(self, name: str) -> Mapping[str, Any]:
        return self._calls.call("sagemaker", "describe_training_job", TrainingJobName=name)

    def _settled(self, name: str) -> Mapping[str, Any]:
        log = JobLog(self._calls, name, self._tell_log)

        def look() -> tuple[str, Mapping[str, Any] | None]:
            details = self._described(name)
            log.tell_new()
            status, second = str(details["TrainingJobStatus"]), str(details.get("SecondaryStatus") or "")
            shown = second or status
            return shown, None if status in _UNDER_WAY else details

        try:
            return self._waiting.until_settled(f"job {name}", look)
        except KeyboardInterrupt:
            self._say(interrupted_words(name))
            raise


def interrupted_words(name: str) -> str:
    """Return what somebody has to know who stops waiting for a job."""
    return (
        f"The job {name} goes on, and costs money until it ends. The same command waits for it again; `python -m "
        f"tools.sagemaker jobs` shows it, `python -m tools.sagemaker stop-job {name}` stops it."
    )


class NotAJobError(TwinError):
    """A job cannot be stopped."""

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"The job {name} is {status}.", remedy="There is nothing to stop.")


def stop_job(calls: AwsCalls, name: str) -> None:
    """Ask AWS to stop a job; what it has trained until its last checkpoint stays.

    Raises:
        AwsError: There is none of this name, or it may not be stopped.
        NotAJobError: It has ended.
    """
    status = str(calls.call("sagemaker", "describe_training_job", TrainingJobName=name)["TrainingJobStatus"])
    if status not in _UNDER_WAY:
        raise NotAJobError(name, status)
    calls.call("sagemaker", "stop_training_job", TrainingJobName=name)


def described_jobs(calls: AwsCalls, name: str) -> list[Mapping[str, Any]]:
    """Return what AWS says of all jobs whose names begin with a configured name, the newest first.

    Raises:
        AwsError: AWS cannot be asked.
    """
    found = calls.pages(
        "sagemaker",
        "list_training_jobs",
        "TrainingJobSummaries",
        NameContains=f"{name}-",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    names = [str(each["TrainingJobName"]) for each in found if str(each["TrainingJobName"]).startswith(f"{name}-")]
    return [calls.call("sagemaker", "describe_training_job", TrainingJobName=each) for each in names]

"""How a job ends without a result, and what to do about it; and what exists when a command ends before its job."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsQuotaError

LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_NO_CAPACITY: Final = ("insufficientinstancecapacity", "insufficient capacity", "capacityerror", "capacity error")
_AGAIN: Final = "Run the same command again: the next attempt goes on from the last checkpoint."


class JobEndedError(TwinError):
    """A job ended without a result.

    Args:
        name: Of the job.
        status: As AWS calls it.
        reason: What AWS says, or what the program of the job wrote; empty if there is none.
    """

    remedy_text = (
        f"Its log says more (CloudWatch, log group {LOG_GROUP}). Correct the cause and run the command again: the next "
        "attempt goes on from the last checkpoint."
    )

    def __init__(self, name: str, status: str, reason: str) -> None:
        super().__init__(
            f"The job {name} is {status}: {reason or 'AWS gives no reason'}.".replace("..", "."),
            remedy=self.remedy_text,
        )
        self.name = name
        self.status = status
        self.reason = reason


class JobFailedError(JobEndedError):
    """The program of a job, or the instance that it ran on, failed."""


class NoCapacityForJobError(JobEndedError):
    """AWS has no instance of this type left in the region."""

    remedy_text = (
        "AWS had no instance of this type to give. Run the command again later, or set another `instance_type`, "
        "`spot: {enabled: false}`, a longer `spot.max_wait_hours`, or AWS_REGION; what was trained until the last "
        "checkpoint is kept."
    )


class JobOutOfTimeError(JobEndedError):
    """A job took longer than it may."""

    remedy_text = f"Raise `max_hours` if the rest needs longer. {_AGAIN}"


class JobStoppedError(JobEndedError):
    """Somebody stopped a job."""

    remedy_text = _AGAIN


class JobQuotaError(TwinError):
    """The account may not have another instance of this type for jobs."""

    def __init__(self, error: AwsQuotaError, instance_type: str, *, uses_spot: bool) -> None:
        kind = "spot training job usage" if uses_spot else "training job usage"
        super().__init__(
            error.problem,
            remedy=f"Ask for a higher quota in the console (Service Quotas, Amazon SageMaker, '{instance_type} for "
            f"{kind}'), end other jobs, or set another `instance_type`; then run the command again.",
        )


def job_end(name: str, details: Mapping[str, Any]) -> JobEndedError:
    """Return how a job ended, as an error.

    Args:
        name: Of the job.
        details: What AWS says of it; its status is Failed or Stopped.
    """
    status, second = str(details["TrainingJobStatus"]), str(details.get("SecondaryStatus") or "")
    reason = str(details.get("FailureReason") or _last_message(details))
    shown = status if second in {"", status} else f"{status} ({second})"
    lower = reason.lower()
    if second == "MaxWaitTimeExceeded" or any(words in lower for words in _NO_CAPACITY):
        return NoCapacityForJobError(name, shown, reason)
    if second == "MaxRuntimeExceeded":
        return JobOutOfTimeError(name, shown, reason)
    return (JobStoppedError if status == "Stopped" else JobFailedError)(name, shown, reason)


def _last_message(details: Mapping[str, Any]) -> str:
    transitions = details.get("SecondaryStatusTransitions") or [{}]
    return str(transitions[-1].get("StatusMessage") or "")


class UnfinishedJobError(TwinError):
    """A command ended before it had the result of its job: the cause, and what exists now."""

    def __init__(self, cause: TwinError, existing: Sequence[str] | None, done: Sequence[str]) -> None:
        super().__init__(f"{cause.problem}\n{_told(existing, done)}", remedy=cause.remedy)
        self.cause = cause
        self.existing = existing


@contextmanager
def told_job_state(calls: AwsCalls, work_name: str, checkpoints: str, done: Sequence[str]) -> Iterator[None]:
    """Add to an error what exists of some work.

    Args:
        calls: How AWS is asked.
        work_name: What the names of its attempts begin with.
        checkpoints: Where its checkpoints are.
        done: Grows while the command works: what it has done.

    Raises:
        UnfinishedJobError: Instead of each error of the project.
    """
    try:
        yield
    except TwinError as error:
        try:
            jobs = calls.pages("sagemaker", "list_training_jobs", "TrainingJobSummaries", NameContains=work_name)
        except TwinError:
            raise UnfinishedJobError(error, None, done) from error
        lines = [f"job {job['TrainingJobName']}: {job['TrainingJobStatus']}" for job in jobs]
        existing = [*sorted(lines), *([f"checkpoints, if it wrote any: {checkpoints}/"] if lines else [])]
        raise UnfinishedJobError(error, existing, done) from error


def _told(existing: Sequence[str] | None, done: Sequence[str]) -> str:
    if existing is None:
        steps = "".join(f"\n    {step}" for step in done) or " nothing"
        return (
            f"  What exists is not known, because AWS cannot be asked. Until then this command had done:{steps}\n"
            "  A job that was started goes on, and ends by itself; the same command finds it again."
        )
    if not existing:
        return "  No job of it exists in AWS."
    return "  What exists now:" + "".join(f"\n    {line}" for line in existing)

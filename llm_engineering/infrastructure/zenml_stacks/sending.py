"""What exists in SageMaker after a run could not be sent there, and where one that was sent can be watched."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from zenml.constants import METADATA_ORCHESTRATOR_LOGS_URL, METADATA_ORCHESTRATOR_URL
from zenml.models import PipelineRunResponse
from zenml.utils.dashboard_utils import get_run_url

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.aws.calls import AwsCalls

_ARN: Final = "pipeline_execution_arn"
_NOT_IN_A_NAME: Final = re.compile(r"[^a-zA-Z0-9-]")


class RunNotSentError(TwinError):
    """A run was not started on the stack, or not to its end: the cause, and what exists.

    Args:
        cause: Why.
        run_name: In ZenML.
        existing: What exists in SageMaker; None if AWS cannot be asked.
    """

    def __init__(self, cause: TwinError, run_name: str, existing: Sequence[str] | None) -> None:
        if existing is None:
            told = "  What exists in SageMaker is not known, because AWS cannot be asked."
        elif existing:
            told = "\n    ".join(["  What exists now in SageMaker:", *existing])
        else:
            told = "  Nothing of it exists in SageMaker."
        super().__init__(
            f"{cause.problem}\n{told}\n  ZenML keeps the run {run_name} as failed.",
            remedy=f"{cause.remedy} A further run is a new one; it needs nothing of this one.",
        )
        self.cause = cause
        self.existing = existing


class RunWaitEndedError(TwinError):
    """A run was sent, and its success was waited for in vain: it failed, or it takes longer than is waited.

    Args:
        run_name: In ZenML.
        existing: What SageMaker says of it; None if AWS cannot be asked.
    """

    def __init__(self, run_name: str, existing: Sequence[str] | None) -> None:
        said = "; ".join(existing) if existing else "nothing that could be read"
        super().__init__(
            f"The run {run_name} was sent and has not succeeded while it was waited for. SageMaker says: {said}.",
            remedy=f"`zenml pipeline runs refresh {run_name}` asks again; docs/stacks.md says where its logs "
            "lie. For long runs set `synchronous: false`.",
        )
        self.existing = existing


@dataclass(frozen=True, slots=True)
class SentRun:
    """A run that goes on elsewhere."""

    name: str
    status: str
    places: Mapping[str, str]
    """Addresses at which it can be watched, by what is there."""

    @classmethod
    def of(cls, run: PipelineRunResponse) -> "SentRun":
        """Return where a run can be watched."""
        metadata = run.run_metadata
        places = {
            "ZenML": get_run_url(run),
            "SageMaker": metadata.get(METADATA_ORCHESTRATOR_URL),
            "logs": metadata.get(METADATA_ORCHESTRATOR_LOGS_URL),
            "execution": metadata.get(_ARN),
        }
        return cls(run.name, str(run.status), {what: str(where) for what, where in places.items() if where})

    @property
    def lines(self) -> tuple[str, ...]:
        """The same in words."""
        return (
            f"{self.name} was sent and is {self.status}. Its figures are there when it has ended.",
            *(f"  {what}: {where}" for what, where in self.places.items()),
            f"  zenml pipeline runs refresh {self.name}",
        )


def not_sent(calls: AwsCalls, cause: TwinError, *, pipeline: str, run_name: str, begun: datetime) -> RunNotSentError:
    """Return the error of a run that could not be sent.

    Args:
        calls: How AWS is asked.
        cause: Why.
        pipeline: Name of the pipeline.
        run_name: Of the run in ZenML.
        begun: When it was begun: what ZenML makes in SageMaker has a name by chance, and this finds it.
    """
    existing: Sequence[str] | None = None
    with suppress(TwinError):
        existing = sent_parts(calls, pipeline, begun)
    return RunNotSentError(cause, run_name, existing)


def wait_ended(calls: AwsCalls, *, pipeline: str, run_name: str, begun: datetime) -> RunWaitEndedError:
    """Return the error of a run that was waited for in vain; the arguments are those of `not_sent`."""
    existing: Sequence[str] | None = None
    with suppress(TwinError):
        existing = sent_parts(calls, pipeline, begun)
    return RunWaitEndedError(run_name, existing)


def sent_parts(calls: AwsCalls, pipeline: str, begun: datetime) -> list[str]:
    """Return a line for each pipeline that was made in SageMaker since a time, with what its executions are at.

    A run in shards is no pipeline there: a job leads it, which starts one for each shard; there is a line for each.

    Raises:
        AwsError: AWS cannot be asked.
    """
    prefix = _NOT_IN_A_NAME.sub("-", pipeline) + "-"
    return [*_pipelines(calls, prefix, begun), *_jobs(calls, prefix, begun)]


def _pipelines(calls: AwsCalls, prefix: str, begun: datetime) -> list[str]:
    found: list[Mapping[str, Any]] = calls.pages(
        "sagemaker", "list_pipelines", "PipelineSummaries", PipelineNamePrefix=prefix, CreatedAfter=begun
    )
    lines = []
    for each in found:
        name = str(each["PipelineName"])
        executions = calls.pages(
            "sagemaker", "list_pipeline_executions", "PipelineExecutionSummaries", PipelineName=name
        )
        started = ", ".join(str(execution["PipelineExecutionStatus"]) for execution in executions)
        lines.append(f"pipeline {name}: {started or 'not started; it costs nothing'}")
    return lines


def _jobs(calls: AwsCalls, prefix: str, begun: datetime) -> list[str]:
    found = calls.pages(
        "sagemaker", "list_processing_jobs", "ProcessingJobSummaries", NameContains=prefix, CreationTimeAfter=begun
    )
    return [f"job {each['ProcessingJobName']}: {each['ProcessingJobStatus']}" for each in found]

"""What the control plane of SageMaker has for pipelines."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.sagemaker_control import ACCOUNT, REGION, ControlPlane, Refusal


@dataclass
class PipelinesPlane(ControlPlane):
    """Keeps pipelines and their executions; runs none."""

    pipelines: dict[str, dict[str, Any]] = field(default_factory=dict)
    executions: dict[str, list[str]] = field(default_factory=dict)
    """Status of each execution, by the name of its pipeline."""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Processing jobs by their names; none runs."""
    status: str = "Executing"
    """Of executions that are started."""

    def reset(self) -> None:
        super().reset()
        self.pipelines.clear()
        self.executions.clear()
        self.jobs.clear()
        self.status = "Executing"

    def _on_CreatePipeline(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        self.pipelines[asked["PipelineName"]] = asked
        return {"PipelineArn": _arn(asked["PipelineName"])}

    def _on_StartPipelineExecution(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802
        name = asked["PipelineName"]
        if name not in self.pipelines:
            return Refusal("ResourceNotFound", f"Pipeline {name} does not exist.")
        self.executions.setdefault(name, []).append(self.status)
        return {"PipelineExecutionArn": f"{_arn(name)}/execution/abcdefghijkl"}

    def _on_DescribePipelineExecution(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        arn = asked["PipelineExecutionArn"]
        (status,) = self.executions[arn.split("/")[1]]
        return {"PipelineExecutionArn": arn, "PipelineExecutionStatus": status}

    def _on_ListPipelines(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        names = [name for name in self.pipelines if name.startswith(asked["PipelineNamePrefix"])]
        return {"PipelineSummaries": [{"PipelineName": name, "PipelineArn": _arn(name)} for name in names]}

    def _on_ListPipelineExecutions(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        statuses = self.executions.get(asked["PipelineName"], [])
        return {"PipelineExecutionSummaries": [{"PipelineExecutionStatus": status} for status in statuses]}

    def _on_CreateProcessingJob(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.jobs[asked["ProcessingJobName"]] = asked
        return {"ProcessingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{asked['ProcessingJobName']}"}

    def _on_ListProcessingJobs(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        names = [name for name in self.jobs if asked["NameContains"] in name]
        return {
            "ProcessingJobSummaries": [
                {
                    "ProcessingJobName": name,
                    "ProcessingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{name}",
                    "CreationTime": 0,
                    "ProcessingJobStatus": "InProgress",
                }
                for name in names
            ]
        }

    def _on_ListDomains(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Domains": []}


def _arn(name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{name}"

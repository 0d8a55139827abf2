"""Pipeline: artifacts of earlier runs become JSON files."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from steps.export.export_artifacts import export_artifacts


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def export_artifact_to_json(artifact_names: list[str], output_dir: str) -> None:
    """Write the newest version of each artifact to a file of its name in a folder."""
    export_artifacts(artifact_names, output_dir)

"""The policies of the repository, filled in for one account. They are reviewed as they lie there: only names go in."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from string import Template
from typing import Any, Final

from llm_engineering.domain.errors import InvalidInputError

_BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_FOLDER: Final = r"([A-Za-z0-9!_.()/-]+/)?"
_ALLOWED: Final[Mapping[str, str]] = {
    "partition": r"aws(-cn|-us-gov)?",
    "region": r"[a-z]{2}(-[a-z]+)+-\d",
    "account": r"\d{12}",
    "name": r"[a-z0-9](-*[a-z0-9])*",
    "execution_role": r"[A-Za-z0-9+=,.@_-]{1,64}",
    "training_name": r"[a-z0-9](-*[a-z0-9])*",
    "training_image_account": r"\d{12}",
    "training_image_repository": r"[a-z0-9]+([._/-][a-z0-9]+)*",
    "training_bucket": _BUCKET,
    "training_prefix": _FOLDER,
    "checkpoints_bucket": _BUCKET,
    "checkpoints_prefix": _FOLDER,
    "image_account": r"\d{12}",
    "image_repository": r"[a-z0-9]+([._/-][a-z0-9]+)*",
    "bucket": _BUCKET,
    "prefix": _FOLDER,
    "capture_bucket": _BUCKET,
    "capture_prefix": _FOLDER,
    "pipeline_bucket": _BUCKET,
    "pipeline_prefix": _FOLDER,
    "pipeline_account": r"\d{12}",
    "pipeline_repository": r"[a-z0-9]+([._/-][a-z0-9]+)*",
    "code_build_project": r"[A-Za-z0-9][A-Za-z0-9_-]{1,149}",
}
"""What a place in a policy may be filled with: no value can hold a wildcard, a quote or another variable."""


class Policy(StrEnum):
    """The files in `policies/`."""

    EXECUTION_TRUST = "execution_trust"
    """Who may take on the execution role."""
    EXECUTION_TRAINING = "execution_training"
    """What a training job needs: its folder in S3, its image, its log."""
    DEPLOYER_TRAINING = "deployer_training"
    """What who starts training jobs needs."""
    EXECUTION_SERVING = "execution_serving"
    """What a container needs to start and to be watched."""
    EXECUTION_MODEL_FILES = "execution_model_files"
    """What it needs to read a model from S3."""
    EXECUTION_DATA_CAPTURE = "execution_data_capture"
    """What is needed to keep questions and answers in S3, if that is set."""
    DEPLOYER = "deployer"
    """What the commands for endpoints need."""
    EXECUTION_PIPELINES = "execution_pipelines"
    """What a run on the AWS stack needs: a job for each step, artifacts, the image, logs."""
    EXECUTION_PIPELINES_JOBS = "execution_pipelines_jobs"
    """What it needs besides where steps are training jobs."""
    DEPLOYER_PIPELINES = "deployer_pipelines"
    """What who sends runs to the AWS stack needs."""
    DEPLOYER_PIPELINES_BUILDING = "deployer_pipelines_building"
    """What is needed besides where AWS CodeBuild builds the image."""


class PolicyValueError(InvalidInputError):
    """A policy cannot be filled in with a value."""

    def __init__(self, policy: str, problem: str) -> None:
        super().__init__(
            f"The policy {policy} cannot be filled in: {problem}.",
            remedy="Correct the name, region, image or bucket that it comes from.",
        )


def filled_policy(policy: Policy, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a policy with its places filled in.

    Args:
        policy: Which one.
        values: By the name of the place; others than it has are passed over.

    Raises:
        PolicyValueError: A value is missing, or is not what may stand there.
    """
    template = Template(policy_text(policy))
    used = {place: values.get(place) for place in template.get_identifiers()}
    for place, value in used.items():
        if value is None:
            raise PolicyValueError(policy, f"{place} is not given")
        if not re.fullmatch(_ALLOWED[place], value):
            raise PolicyValueError(policy, f"{value!r:.80} is no {place.replace('_', ' ')}")
    filled: dict[str, Any] = json.loads(template.substitute(used))
    return filled


def policy_text(policy: Policy) -> str:
    """Return a policy as it lies in the repository."""
    return files("llm_engineering.infrastructure.aws").joinpath(f"policies/{policy}.json").read_text(encoding="utf-8")

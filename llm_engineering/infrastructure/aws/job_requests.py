"""What AWS is asked for to start a job, as a function of its configuration and of what it works on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob

JOB_TAG: Final = "llm-twin-job"
"""Tag by which jobs are recognized in bills and lists."""
ENTRY_MODULE: Final = "tools.sagemaker_job"
"""What the container runs; its argument is the program."""
CHECKPOINTS_AT: Final = "/opt/ml/checkpoints"
PROGRAM: Final = "program"
"""Hyper-parameter that says what the job does."""
CODE_VERSION: Final = "code_version"
"""Hyper-parameter that says which commit the code that goes with the job is of."""
_DIGITS: Final = 12
_MOST_CHARACTERS: Final = 2500
"""AWS takes no longer value of a hyper-parameter."""
_TOOLKIT_PREFIX: Final = "sagemaker_"


class JobProgram(StrEnum):
    """What a job does."""

    TRAIN = "train"
    EVALUATE = "evaluate"


class TooLongParameterError(InvalidInputError):
    """A part of a configuration does not fit into a hyper-parameter."""

    def __init__(self, name: str, length: int) -> None:
        super().__init__(
            f"`{name}` has {length} characters as JSON, and SageMaker takes {_MOST_CHARACTERS} for a hyper-parameter.",
            remedy="Shorten it, for example with fewer models in one run.",
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Files that a job gets as one channel, by their paths in it."""

    files: Mapping[str, Path]
    digest: str
    """Of names and contents; the place in S3 follows from it."""


@dataclass(frozen=True, slots=True)
class JobWork:
    """What a job works on: all that its result depends on, apart from the machine."""

    program: JobProgram
    parameters: Mapping[str, JsonValue]
    """Hyper-parameters: the configuration by its keys, as it stands in the YAML file."""
    channels: Mapping[str, JobFiles]
    """By name; the container finds each under /opt/ml/input/data."""
    code: JobFiles | None = None
    """The archive of the code, if it goes with the job."""


class JobRequests:
    """The requests for one job.

    Args:
        job: On what it runs.
        work: What it does.
        role: ARN of the role that the container runs as.
        region: Where.
        hub_token: For models that ask for one; used only if the configuration says so.
    """

    def __init__(self, job: SageMakerJob, work: JobWork, *, role: str, region: str, hub_token: str | None) -> None:
        self.job = job
        self.work = work
        self._role = role
        self._region = region
        self._hub_token = hub_token if job.pass_hub_token else None

    @property
    def image(self) -> str:
        """The container."""
        return self.job.image.replace("{region}", self._region)

    @property
    def work_name(self) -> str:
        """What the names of all attempts at this work begin with.

        The machine is not in it: work that was done, or is under way, on another one is not paid for twice. Nor is the
        commit: the code itself is, or the image that has it.
        """
        work = self.work
        channels = {name: files.digest for name, files in work.channels.items()}
        code = None if work.code is None else work.code.digest
        parameters = {name: value for name, value in work.parameters.items() if name != CODE_VERSION}
        described = json.dumps([work.program, parameters, channels, code, self.image], sort_keys=True)
        return f"{self.job.name}-{work.program}-{content_hash(described)[:_DIGITS]}"

    @property
    def checkpoints(self) -> str:
        """Folder in S3 for the checkpoints of all attempts; the next one goes on from there."""
        return f"{(self.job.checkpoints or below(self.job.output, 'checkpoints')).rstrip('/')}/{self.work_name}"

    def place(self, files: JobFiles) -> str:
        """Return the folder in S3 of some files."""
        return below(self.job.output, f"data/{files.digest}")

    def attempt_name(self, number: int) -> str:
        """Return the name of an attempt; AWS lets no name be used twice."""
        return f"{self.work_name}-{number}"

    def attempt(self, number: int) -> dict[str, Any]:
        """Return the request that starts an attempt.

        Raises:
            TooLongParameterError: A part of the configuration does not fit into a hyper-parameter.
        """
        job = self.job
        stopping = {"MaxRuntimeInSeconds": round(job.max_hours * 3600)}
        if job.uses_spot:
            stopping["MaxWaitTimeInSeconds"] = round(job.longest_hours * 3600)
        request: dict[str, Any] = {
            "TrainingJobName": self.attempt_name(number),
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": "File", **self._entry},
            "RoleArn": self._role,
            "HyperParameters": self._hyperparameters,
            "InputDataConfig": [self._channel(name, files) for name, files in self.work.channels.items()],
            "OutputDataConfig": {"S3OutputPath": below(job.output, "jobs")},
            "CheckpointConfig": {"S3Uri": self.checkpoints, "LocalPath": CHECKPOINTS_AT},
            "ResourceConfig": {
                "InstanceType": job.instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": job.volume_gb,
            },
            "StoppingCondition": stopping,
            "EnableManagedSpotTraining": job.uses_spot,
            "Tags": [{"Key": key, "Value": value} for key, value in {**job.tags, JOB_TAG: job.name}.items()],
        }
        environment = {**job.environment, **({"HUGGINGFACE_ACCESS_TOKEN": self._hub_token} if self._hub_token else {})}
        return {**request, "Environment": environment} if environment else request

    @property
    def _entry(self) -> dict[str, Any]:
        if self.work.code is not None:  # the toolkit of AWS's images unpacks the code and starts it
            return {}
        return {"ContainerEntrypoint": ["python", "-m", ENTRY_MODULE], "ContainerArguments": ["train"]}

    @property
    def _hyperparameters(self) -> dict[str, str]:
        """As AWS's tools write them: each value is JSON."""
        values: dict[str, JsonValue] = {PROGRAM: self.work.program.value, **self.work.parameters}
        if self.work.code is not None:
            (archive,) = self.work.code.files
            values[f"{_TOOLKIT_PREFIX}submit_directory"] = f"{self.place(self.work.code)}/{archive}"
            values[f"{_TOOLKIT_PREFIX}program"] = "sagemaker_entry.py"
        written = {name: json.dumps(value, ensure_ascii=False, sort_keys=True) for name, value in values.items()}
        for name, text in written.items():
            if len(text) > _MOST_CHARACTERS:
                raise TooLongParameterError(name, len(text))
        return written

    def _channel(self, name: str, files: JobFiles) -> dict[str, Any]:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"{self.place(files)}/",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}


def below(folder: str, name: str) -> str:
    """Return the address of something in a folder in S3."""
    return f"{folder.rstrip('/')}/{name}"


def bucket_and_key(address: str) -> tuple[str, str]:
    """Return the bucket and the key of an address in S3."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def read_parameters(written: Mapping[str, str]) -> dict[str, JsonValue]:
    """Return the hyper-parameters of a job, without those of AWS's tools, as `JobWork.parameters` and the program.

    Raises:
        ValueError: One of them is no JSON.
    """
    return {name: json.loads(text) for name, text in written.items() if not name.startswith(_TOOLKIT_PREFIX)}

"""Training jobs of SageMaker on loopback, and the machine that they run on.

moto makes training jobs that are "Completed" at once, and knows neither `stop_training_job`, an existing name, nor any
other end. This stand-in has them: a job is under way for some looks, then ends as the test says. A machine may run what
the job asks for, in a process and below a folder as SageMaker's container has them.
"""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llm_engineering.infrastructure.aws.calls import BotoCalls
from llm_engineering.infrastructure.aws.job_requests import bucket_and_key
from tests.support.sagemaker_control import ACCOUNT, REGION, ControlPlane, Refusal

REPOSITORY = Path(__file__).parents[2]
BUCKET = "twin-bucket"


@dataclass(frozen=True, slots=True)
class End:
    """How a job ends."""

    status: str = "Completed"
    second: str = ""
    reason: str = ""
    training_seconds: int = 0
    billable_seconds: int = 0


@dataclass
class JobPlane(ControlPlane):
    """A control plane that has training jobs."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ends: deque[End] = field(default_factory=deque)
    """How the next jobs end; those after them are completed."""
    run: Callable[[dict[str, Any]], End] | None = None
    """Does what a job asks for, when it is made, and says how it ended."""

    def reset(self) -> None:
        """Forget everything."""
        for name, value in vars(JobPlane()).items():
            setattr(self, name, value)

    def _on_CreateTrainingJob(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802 - AWS's name
        name = asked["TrainingJobName"]
        if name in self.jobs:
            return Refusal("ResourceInUse", f"Training job names must be unique: {name} already exists.")
        end = self.ends.popleft() if self.ends else End()
        if self.run is not None:
            end = self.run(asked)
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}"
        self.jobs[name] = {**asked, "TrainingJobArn": arn, "_looks": self.looks, "_end": end}
        return {"TrainingJobArn": arn}

    def _on_DescribeTrainingJob(self, asked: dict[str, Any]) -> dict[str, Any] | Refusal:  # noqa: N802
        job = self.jobs.get(asked["TrainingJobName"])
        if job is None:
            return Refusal("ValidationException", "Requested resource not found.")
        shown = {key: value for key, value in job.items() if not key.startswith("_") and key != "Tags"}
        place = f"{job['OutputDataConfig']['S3OutputPath']}/{job['TrainingJobName']}/output/model.tar.gz"
        times = {"CreationTime": 0, "LastModifiedTime": 0, "ModelArtifacts": {"S3ModelArtifacts": place}}
        if job["_looks"] > 0:
            job["_looks"] -= 1
            status = "Stopping" if job.get("_is_stopped") else "InProgress"
            return {**shown, **times, "TrainingJobStatus": status, "SecondaryStatus": "Training"}
        end: End = End("Stopped") if job.get("_is_stopped") else job["_end"]
        return {
            **shown,
            **times,
            "TrainingJobStatus": end.status,
            "SecondaryStatus": end.second or end.status,
            "TrainingTimeInSeconds": end.training_seconds,
            "BillableTimeInSeconds": end.billable_seconds,
            **({"FailureReason": end.reason} if end.reason else {}),
        }

    def _on_ListTrainingJobs(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """One to a page, so that a test sees whether all pages are read."""
        found = sorted(name for name in self.jobs if asked.get("NameContains", "") in name)
        begin = int(asked.get("NextToken", 0))
        page = [self._summary(name) for name in found[begin : begin + 1]]
        more = {"NextToken": str(begin + 1)} if begin + 1 < len(found) else {}
        return {"TrainingJobSummaries": page, **more}

    def _on_StopTrainingJob(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.jobs[asked["TrainingJobName"]]["_is_stopped"] = True
        return {}

    def _summary(self, name: str) -> dict[str, Any]:
        job = self.jobs[name]
        status = "InProgress" if job["_looks"] > 0 else job["_end"].status
        return {
            "TrainingJobName": name,
            "TrainingJobArn": job["TrainingJobArn"],
            "CreationTime": 0,
            "TrainingJobStatus": status,
        }


def make_bucket(calls: BotoCalls) -> None:
    """Make the bucket of the tests, without anything in it."""
    if BUCKET not in [each["Name"] for each in calls.call("s3", "list_buckets")["Buckets"]]:
        calls.call("s3", "create_bucket", Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for each in calls.pages("s3", "list_objects_v2", "Contents", Bucket=BUCKET):
        calls.call("s3", "delete_object", Bucket=BUCKET, Key=each["Key"])


def put_archive(calls: BotoCalls, address: str, files: Mapping[str, bytes]) -> None:
    """Put a `.tar.gz` of some files to S3."""
    put_bytes(calls, address, archive_of(files))


def put_bytes(calls: BotoCalls, address: str, content: bytes) -> None:
    """Put a file to S3."""
    bucket, key = bucket_and_key(address)
    calls.call("s3", "put_object", Bucket=bucket, Key=key, Body=content)


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return a `.tar.gz` of some files: the same bytes at any time, for gzip would write the time into them."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@dataclass
class Machine:
    """Runs jobs as SageMaker does: inputs from S3 to a folder, the program in a process, results to S3.

    Args:
        calls: Of the S3 that jobs read and write.
        folder: Each job has a folder in it.
    """

    calls: BotoCalls
    folder: Path
    taken_back: deque[str] = field(default_factory=deque)
    """Patterns of a file among the checkpoints: where the next jobs are interrupted once it is there."""
    variables: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The requests of the jobs."""
    outputs: list[str] = field(default_factory=list)
    """What each process wrote."""

    def run(self, asked: dict[str, Any]) -> End:
        """Do what a job asks for."""
        self.asked.append(asked)
        root = self.folder / asked["TrainingJobName"]
        self._lay(root, asked)
        status = self._ran(root, asked, self.taken_back.popleft() if self.taken_back else None)
        self._upload(root / "checkpoints", asked["CheckpointConfig"]["S3Uri"])
        if status == 128 + signal.SIGTERM:
            return End("Stopped", "MaxWaitTimeExceeded", "", 90, 30)
        place = f"{asked['OutputDataConfig']['S3OutputPath']}/{asked['TrainingJobName']}/output"
        for folder, name in (("model", "model.tar.gz"), ("output/data", "output.tar.gz")):
            files = {path.relative_to(root / folder).as_posix(): path for path in (root / folder).rglob("*")}
            content = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
            put_archive(self.calls, f"{place}/{name}", content)
        if status == 0:
            return End(training_seconds=100, billable_seconds=40)
        failure = root / "output/failure"
        reason = failure.read_text(encoding="utf-8") if failure.is_file() else ""
        return End("Failed", "Failed", f"AlgorithmError: {reason}, exit code: {status}")

    def _lay(self, root: Path, asked: dict[str, Any]) -> None:
        for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
            (root / name).mkdir(parents=True)
        text = json.dumps(asked["HyperParameters"])
        (root / "input/config/hyperparameters.json").write_text(text, encoding="utf-8")
        for channel in asked["InputDataConfig"]:
            address = channel["DataSource"]["S3DataSource"]["S3Uri"]
            self._download(address, root / "input/data" / channel["ChannelName"])
        self._download(f"{asked['CheckpointConfig']['S3Uri']}/", root / "checkpoints")

    def _ran(self, root: Path, asked: dict[str, Any], taken_back: str | None) -> int:
        channels = [channel["ChannelName"] for channel in asked["InputDataConfig"]]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(root),
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "SM_MODEL_DIR": str(root / "model"),
            "SM_OUTPUT_DATA_DIR": str(root / "output/data"),
            **{f"SM_CHANNEL_{name.upper()}": str(root / "input/data" / name) for name in channels},
            "SAGEMAKER_BASE_DIR": str(root),
            **self.variables,
            **asked.get("Environment", {}),
        }
        entry = asked["AlgorithmSpecification"]
        command = [*entry["ContainerEntrypoint"], *entry["ContainerArguments"]]
        with subprocess.Popen(
            [sys.executable, *command[1:]],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            while taken_back is not None and process.poll() is None:
                if any((root / "checkpoints").glob(taken_back)):
                    process.send_signal(signal.SIGTERM)
                    break
                time.sleep(0.002)
            self.outputs.append(process.communicate(timeout=240)[0])
            return int(process.returncode)

    def _download(self, address: str, folder: Path) -> None:
        bucket, prefix = bucket_and_key(address)
        for each in self.calls.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix):
            path = folder / each["Key"].removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.calls.call("s3", "download_file", Bucket=bucket, Key=each["Key"], Filename=str(path))

    def _upload(self, folder: Path, address: str) -> None:
        """Copy what is new; what was deleted here stays there, as SageMaker has it."""
        bucket, prefix = bucket_and_key(address)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder).as_posix()}"
                self.calls.call("s3", "upload_file", Filename=str(path), Bucket=bucket, Key=key)

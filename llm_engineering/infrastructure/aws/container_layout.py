"""Where SageMaker lays what a job gets, and where it looks for what the job leaves.

Source: "How Amazon SageMaker AI Provides Training Information" and "How Amazon SageMaker AI Processes Training Output"
in the developer guide of SageMaker, and the environment variables of its training toolkit.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from pydantic import JsonValue, SecretStr

from llm_engineering.application.prompts.contract import CONTRACT_FILE, parsed_contract
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.aws.job_requests import PROGRAM, JobProgram, read_parameters

STANDARD_ROOT: Final = Path("/opt/ml")
JOB_CHANNEL: Final = "job"
"""Channel with the contract, and with what an evaluation asks."""
FAILURE_CHARACTERS: Final = 1024
"""AWS shows no more of it."""
_CHANNEL: Final = "SM_CHANNEL_"


class NotInAJobError(InvalidInputError):
    """A program of a job was started where there is no job."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} {problem}.",
            remedy="This is what SageMaker starts inside of a container; `poetry poe run-training-pipeline` with "
            "`where: sagemaker` starts such a job.",
        )


@dataclass(frozen=True, slots=True)
class ContainerLayout:
    """The places of a job."""

    parameters: Mapping[str, JsonValue]
    """Hyper-parameters by name, read."""
    channels: Mapping[str, Path]
    """Folders of what the job was given, by the names of the channels."""
    model: Path
    """What lies here becomes `model.tar.gz`."""
    output_data: Path
    """What lies here becomes `output.tar.gz`."""
    failure: Path
    """File whose text AWS gives as the reason of a failure."""
    checkpoints: Path
    """Kept in S3 while the job runs, and laid here again for the next attempt."""

    @classmethod
    def of(cls, environment: Mapping[str, str], root: Path = STANDARD_ROOT) -> Self:
        """Return the places that variables of SageMaker name, and the standard ones below a root for the rest.

        Raises:
            NotInAJobError: There are no hyper-parameters, or they cannot be read.
        """
        given = root / "input/data"
        channels = {path.name: path for path in sorted(given.iterdir())} if given.is_dir() else {}
        named = {
            name.removeprefix(_CHANNEL).lower(): Path(value)
            for name, value in environment.items()
            if name.startswith(_CHANNEL)
        }
        output = root / "output"
        return cls(
            parameters=_parameters(root / "input/config/hyperparameters.json"),
            channels={**named, **channels},
            model=Path(environment.get("SM_MODEL_DIR") or root / "model"),
            output_data=Path(environment.get("SM_OUTPUT_DATA_DIR") or output / "data"),
            failure=output / "failure",
            checkpoints=root / "checkpoints",
        )

    @property
    def program(self) -> JobProgram:
        """What the job does.

        Raises:
            NotInAJobError: It does not say, or something that this version does not know.
        """
        named = self.parameters.get(PROGRAM)
        if named not in set(JobProgram):
            raise NotInAJobError(Path(PROGRAM), f"is {named!r:.40}, known are {', '.join(JobProgram)}")
        return JobProgram(str(named))

    @property
    def contract(self) -> PromptContract:
        """The contract that was sent with the job.

        Raises:
            NotInAJobError: There is none.
            UnreadableContractError: It is something else.
        """
        path = self.channel(JOB_CHANNEL) / CONTRACT_FILE
        if not path.is_file():
            raise NotInAJobError(path, "is not there")
        return parsed_contract(path.read_text(encoding="utf-8"), str(path))

    def channel(self, name: str) -> Path:
        """Return the folder of a channel.

        Raises:
            NotInAJobError: The job was not given it.
        """
        if name not in self.channels:
            raise NotInAJobError(Path(name), f"is no channel of this job (there are: {', '.join(self.channels)})")
        return self.channels[name]

    def write_failure(self, text: str, secrets: Sequence[SecretStr]) -> None:
        """Write why the job failed, without secrets, no longer than AWS shows."""
        for secret in secrets:
            text = text.replace(secret.get_secret_value(), "****")
        self.failure.parent.mkdir(parents=True, exist_ok=True)
        self.failure.write_text(text[:FAILURE_CHARACTERS], encoding="utf-8")


def _parameters(path: Path) -> dict[str, JsonValue]:
    try:
        return read_parameters(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotInAJobError(path, "cannot be read") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise NotInAJobError(path, f"holds no hyper-parameters of this project ({error!s:.80})") from error

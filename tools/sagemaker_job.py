"""What SageMaker starts inside of a job: `python -m tools.sagemaker_job train`. People start it only to try an image.

The hyper-parameter `program` says what the job does. AWS starts a container of its own with the argument `train`
whatever that is, and its toolkit gives the hyper-parameters as options too, which are passed over.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
from loguru import logger

from llm_engineering.domain.errors import TwinError
from tools.console import configured_console

if TYPE_CHECKING:
    from llm_engineering.application.train.trainer import TrainingProgress
    from llm_engineering.infrastructure.aws.container_layout import ContainerLayout
    from llm_engineering.settings import Settings

_EVERY_SECONDS = 15.0
_STOPPED = 128 + signal.SIGTERM


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "max_content_width": 120},
    help="""Train or evaluate inside of a training job of SageMaker, as the job's hyper-parameters say.

    \b
    Read:     ROOT/input/config/hyperparameters.json, ROOT/input/data/CHANNEL, ROOT/checkpoints
    Written:  ROOT/model, ROOT/output/data, ROOT/checkpoints, and the reason of a failure to ROOT/output/failure

    The variables SM_MODEL_DIR, SM_OUTPUT_DATA_DIR and SM_CHANNEL_<NAME> of SageMaker's toolkit go first.
    `python -m tools.run --run-training` with `where: sagemaker` in its file starts such a job.""",
)
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="SAGEMAKER_BASE_DIR",
    default=Path("/opt/ml"),
    show_default=True,
    help="Where SageMaker lays what the job gets.",
)
def main(root: Path) -> None:
    """Do what the job says; exit with 1 and a reason if that cannot be done."""
    configured_console()
    # Training is one process, which would refuse to choose among several.
    if os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0") == "0":
        logger.info("of the GPUs of this instance, the first one is used")
    # As the first process of a container, Python would not even notice that it is to end.
    signal.signal(signal.SIGTERM, _end)
    from llm_engineering.infrastructure.aws.container_layout import ContainerLayout
    from llm_engineering.settings import Settings

    try:
        layout = ContainerLayout.of(os.environ, root)
        layout.output_data.mkdir(parents=True, exist_ok=True)
        # What a tracker keeps in a file comes back with the figures.
        settings = Settings(data_folder=layout.output_data)
    except TwinError as error:
        raise click.ClickException(f"{error.problem}\n  {error.remedy}") from error
    try:
        _done(layout, settings)
    except Exception as error:
        told = f"{error.problem} {error.remedy}" if isinstance(error, TwinError) else _told(error)
        layout.write_failure(told, settings.secrets)
        if isinstance(error, TwinError):
            raise click.ClickException(told) from error
        raise


def _done(layout: "ContainerLayout", settings: "Settings") -> None:
    from llm_engineering.infrastructure.aws.job_requests import JobProgram

    logger.info("job: {program}", program=layout.program)
    if layout.program is JobProgram.EVALUATE:
        from llm_engineering.infrastructure.aws.container_evaluating import answered_in_container

        prints = asyncio.run(answered_in_container(layout, settings, _Spoken().items))
        _show({name: each.model_dump() for name, each in prints.items()})
        return
    from llm_engineering.infrastructure.aws.container_training import trained_in_container

    model = trained_in_container(layout, settings, _Spoken().training)
    _show(model.figures)


class _Spoken:
    """Tells how far the work is: a log has lines, no bars."""

    def __init__(self) -> None:
        self._said_at = 0.0

    def training(self, progress: "TrainingProgress") -> None:
        from steps.progress import training_words

        if self._is_time(is_last=progress.step >= progress.steps):
            words = training_words(progress)
            logger.info(
                "{method}: step {step} of {steps} {words}",
                method=progress.method.value,
                step=progress.step,
                steps=progress.steps,
                words=words,
            )

    def items(self, title: str, done: int, total: int) -> None:
        if self._is_time(is_last=done >= total):
            logger.info("{title}: {done} of {total}", title=title, done=done, total=total)

    def _is_time(self, *, is_last: bool) -> bool:
        now = time.monotonic()
        if not is_last and now - self._said_at < _EVERY_SECONDS:
            return False
        self._said_at = now
        return True


def _show(figures: Mapping[str, object]) -> None:
    click.echo(json.dumps(figures, indent=2))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End, as AWS asks for when it takes an instance back: what was trained until the last checkpoint is kept."""
    sys.exit(_STOPPED)


if __name__ == "__main__":
    main()

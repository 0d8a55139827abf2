"""Trains inside of a job: the training program of the package, on what the job was given."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from llm_engineering.application.train.checks import CheckedStage, StageSource
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.application.train.trainer import TrainingProgress
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.training import TrainedModel, TrainingMethod
from llm_engineering.infrastructure.aws.container_checkpoints import CarriedCheckpoints
from llm_engineering.infrastructure.aws.container_layout import ContainerLayout
from llm_engineering.infrastructure.datasets.reading import read_samples
from llm_engineering.infrastructure.trackers.choice import experiment_tracker
from llm_engineering.infrastructure.training.surroundings import trained_by
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from llm_engineering.settings import Settings

BASE_CHANNEL: Final = "base"
"""Channel with the base model, where it is a folder of the person's machine."""
TRAINED_FILE: Final = "trained_model.json"
"""All of `TrainedModel`, the replies included, in the output of the job."""
_WORK: Final = "training"


class SentData(FrozenModel):
    """The data of a stage."""

    name: str
    """As `DatasetReference.name`."""
    content_hash: str
    """As the person's machine has read them."""
    hub_id: str | None = None
    """On the Hugging Face Hub; None: they came as the channel of the stage's name."""


class TrainingOrder(FrozenModel):
    """What a job is told beside its plan."""

    data: Mapping[TrainingMethod, SentData]
    base_commit: str | None = None
    """Of a base model on the Hub, as the person's machine has found it."""
    code_version: str | None = None
    """Of the code that came with the job; None: the image has its own."""


class OtherDataError(TwinError):
    """The data of a stage are not those that were checked before the job was started."""

    def __init__(self, method: TrainingMethod, name: str) -> None:
        super().__init__(
            f"The data of {method}, {name}, are others than those that were read before the job was started.",
            remedy="Run the command again: it reads them anew.",
        )


def trained_in_container(
    layout: ContainerLayout, settings: Settings, on_progress: Callable[[TrainingProgress], None]
) -> TrainedModel:
    """Train as the job says, and return the last model; models, figures and replies lie where AWS looks for them.

    An attempt that was interrupted is gone on with, from the last checkpoint that came back whole.

    Args:
        layout: The places of the job.
        settings: Its data folder is where the tracker may keep a file.
        on_progress: Is told how far a stage is.

    Raises:
        TwinError: Something cannot be used, or memory or disk ran out.
    """
    plan = TrainingPlan.model_validate(_known(layout, TrainingPlan))
    order = TrainingOrder.model_validate(_known(layout, TrainingOrder))
    base_at = layout.channels.get(BASE_CHANNEL)
    pinned = plan.model_copy(update={"base_revision": order.base_commit or plan.base_revision})
    trainer = TrlTrainer(pinned, token=settings.huggingface_access_token, base_at=base_at)
    contract = layout.contract
    stages = checked_stages(plan, _sources(layout, order), trainer, contract)
    _require_same(stages, order)
    work = layout.checkpoints / _WORK
    carried = CarriedCheckpoints(work)
    carried.restore()

    def progressed(progress: TrainingProgress) -> None:
        carried.keep()
        on_progress(progress)

    try:
        model = trained_model(
            plan,
            stages,
            trainer=trainer,
            contract=contract,
            folder=layout.model,
            tracker=experiment_tracker(settings, Path(plan.saving.folder).name),
            on_progress=progressed,
            code_version=order.code_version or trained_by(),
            work=work,
        )
    finally:
        carried.keep()
    layout.output_data.mkdir(parents=True, exist_ok=True)
    (layout.output_data / TRAINED_FILE).write_text(model.model_dump_json(indent=2), encoding="utf-8")
    return model


def _known(layout: ContainerLayout, model: type[FrozenModel]) -> dict[str, object]:
    return {name: layout.parameters[name] for name in model.model_fields if name in layout.parameters}


def _sources(layout: ContainerLayout, order: TrainingOrder) -> dict[TrainingMethod, StageSource]:
    return {
        method: StageSource(
            name=sent.name, samples=tuple(read_samples(sent.hub_id or str(layout.channel(method.value))))
        )
        for method, sent in order.data.items()
    }


def _require_same(stages: tuple[CheckedStage, ...], order: TrainingOrder) -> None:
    for stage in stages:
        if stage.dataset.content_hash != order.data[stage.method].content_hash:
            raise OtherDataError(stage.method, stage.dataset.name)

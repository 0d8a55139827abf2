"""Step: a model that learned from data sets."""

from pathlib import Path
from typing import Annotated

from zenml import step

from llm_engineering.application.train.checks import TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.trackers.choice import experiment_tracker
from llm_engineering.infrastructure.training.surroundings import current_contract, trained_by
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from llm_engineering.settings import Settings
from steps.progress import training_progress
from steps.training.materializer import TrainedModelMaterializer
from steps.training.sources import stage_sources


@step(enable_cache=False, output_materializers=TrainedModelMaterializer)  # weights and checkpoints lie outside of ZenML
def train_model(plan: TrainingPlan, data: TrainingData) -> Annotated[TrainedModel, "trained_model"]:
    """Train all stages, from the last checkpoint of a killed run on, and return the last model."""
    settings = Settings()
    trainer = TrlTrainer(plan, token=settings.huggingface_access_token)
    contract = current_contract(settings)
    stages = checked_stages(plan, stage_sources(data.sources, settings.data_folder), trainer, contract)
    with training_progress() as show:
        return trained_model(
            plan,
            stages,
            trainer=trainer,
            contract=contract,
            folder=settings.data_folder / plan.saving.folder,
            tracker=experiment_tracker(settings, Path(plan.saving.folder).name),
            on_progress=show,
            code_version=trained_by(),
        )

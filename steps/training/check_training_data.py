"""Step: whether a training can begin."""

from typing import Annotated

from zenml import step

from llm_engineering.application.train.checks import TrainingData, training_data
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.program import checked_stages
from llm_engineering.infrastructure.training.surroundings import current_contract
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.training.sources import exact_sources, stage_sources


@step(enable_cache=False, output_materializers=ResultMaterializer)  # data sets and prompts lie outside of ZenML
def check_training_data(plan: TrainingPlan) -> Annotated[TrainingData, "training_data"]:
    """Return what is trained on; fails, before a model is loaded, if that or anything else is of no use."""
    settings = Settings()
    sources = exact_sources(plan)
    trainer = TrlTrainer(plan, token=settings.huggingface_access_token)
    given = stage_sources(sources, settings.data_folder)
    return training_data(sources, checked_stages(plan, given, trainer, current_contract(settings)))

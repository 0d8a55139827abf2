"""Step: whether a training that another machine does can begin."""

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
def check_job_data(plan: TrainingPlan) -> Annotated[TrainingData, "training_data"]:
    """Return what is trained on; fails, before a job is paid for, if that is of no use. The devices are not here."""
    settings = Settings()
    sources = exact_sources(plan)
    trainer = TrlTrainer(plan, token=settings.huggingface_access_token, only_reads=True)
    given = stage_sources(sources, settings.data_folder)
    return training_data(sources, checked_stages(plan, given, trainer, current_contract(settings)))

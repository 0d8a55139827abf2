"""Step: whether a training that another machine does can begin."""

from typing import Annotated

from zenml import step

from llm_engineering.application.train.checks import TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.training.job_work import job_training_data


@step(enable_cache=False, output_materializers=ResultMaterializer)  # data sets and prompts lie outside of ZenML
def check_job_data(plan: TrainingPlan) -> Annotated[TrainingData, "training_data"]:
    """Return what is trained on; fails, before a job is paid for, if that is of no use. The devices are not here."""
    return job_training_data(Settings(), plan)

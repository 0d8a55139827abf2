"""Pipeline: data sets become a model."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.train.configuration import (
    DataChecks,
    DpoStage,
    Lora,
    Precision,
    Saving,
    SftStage,
    TrainingPlan,
    Tuning,
)
from llm_engineering.application.train.registry import Registration
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob, Where, required_job
from llm_engineering.infrastructure.models.hub import ModelPublication
from steps.training.check_job_data import check_job_data
from steps.training.check_training_data import check_training_data
from steps.training.push_model import push_model
from steps.training.register_model import register_model
from steps.training.train_model import train_model
from steps.training.train_on_sagemaker import train_on_sagemaker


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def training(
    base_model: str,
    *,
    base_revision: str | None,
    tuning: Tuning,
    lora: Lora,
    precision: Precision,
    gradient_checkpointing: bool,
    unsloth: bool,
    seed: int,
    sft: SftStage | None,
    dpo: DpoStage | None,
    checks: DataChecks,
    saving: Saving,
    registration: Registration | None,
    publication: ModelPublication | None,
    where: Where = Where.LOCAL,
    sagemaker: SageMakerJob | None = None,
) -> None:
    """Train a model, SFT, then DPO on its result, and register it; `TrainingPlan` says what each parameter means.

    Args:
        base_model: What is trained.
        base_revision: Which version of it.
        tuning: Which weights are trained.
        lora: The matrices beside them.
        precision: In which arithmetic.
        gradient_checkpointing: Whether memory is saved at the cost of time.
        unsloth: Whether Unsloth loads the model.
        seed: Of all that is random.
        sft: How it learns from an instruct set.
        dpo: How it learns from a preference set.
        checks: When a data set is no use.
        saving: What is kept, and where.
        registration: Under which name it becomes a version in the registry; None: it does not.
        publication: Where it goes on the Hugging Face Hub; None: nowhere.
        where: Whether the step trains, or a job of SageMaker that it starts.
        sagemaker: On what that job runs.
    """
    plan = TrainingPlan(
        base_model=base_model,
        base_revision=base_revision,
        tuning=tuning,
        lora=lora,
        precision=precision,
        gradient_checkpointing=gradient_checkpointing,
        unsloth=unsloth,
        seed=seed,
        sft=sft,
        dpo=dpo,
        checks=checks,
        saving=saving,
    )
    job = required_job(where, sagemaker)
    if job is None:
        model = train_model(plan, check_training_data(plan))
    else:
        model, _ = train_on_sagemaker(plan, check_job_data(plan), job)
    if registration is not None:
        registered = register_model(model, registration)
        if publication is not None:
            push_model(registered, publication)

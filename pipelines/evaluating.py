"""Pipeline: models answer held-out and golden questions, and it is said which one may be promoted."""

from zenml import pipeline
from zenml.enums import ExecutionMode

from llm_engineering.application.evaluate.model_scoring.configuration import (
    EvaluatedModel,
    EvaluationData,
    Memorisation,
    ModelEvaluating,
    Perplexity,
    Speaking,
)
from llm_engineering.application.evaluate.model_scoring.promotion import PromotionGate
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.train.promotion import Promotion
from llm_engineering.infrastructure.aws.job_configuration import SageMakerJob, Where, required_job
from steps.model_evaluation.answer_on_sagemaker import answer_on_sagemaker
from steps.model_evaluation.keep_evaluation import keep_evaluation
from steps.model_evaluation.load_evaluation_material import load_evaluation_material
from steps.model_evaluation.require_promotion import require_promotion
from steps.model_evaluation.score_models import score_models
from steps.training.promote_model import promote_model


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def evaluating(
    models: list[EvaluatedModel],
    *,
    baseline: str,
    candidate: str | None,
    author: str | None,
    data: EvaluationData,
    speaking: Speaking,
    judge: Judging | None,
    judge_concurrency: int,
    memorisation: Memorisation,
    perplexity: Perplexity | None,
    max_failed_share: float,
    gate: PromotionGate,
    promotion: Promotion | None,
    where: Where = Where.LOCAL,
    sagemaker: SageMakerJob | None = None,
) -> None:
    """Score models beside each other.

    Args:
        models: Which models.
        baseline: The one that the others are compared with.
        candidate: The one that is to be promoted; None: nobody is.
        author: Whom answers are to sound like.
        data: What models are asked.
        speaking: How they are asked.
        judge: How a language model judges the answers; None: it does not.
        judge_concurrency: Answers that may be judged at a time.
        memorisation: What copies are looked for in.
        perplexity: What it is measured on; None: it is not measured.
        max_failed_share: Share of the questions that a model may leave without an answer.
        gate: When the candidate is promoted, and whether the run fails if it is not.
        promotion: The version of the registry that gets the scores; None: none does.
        where: Whether models that are folders run in the step, or in a job of SageMaker that it starts.
        sagemaker: On what that job runs.
    """
    wanted = ModelEvaluating(
        models=tuple(models),
        baseline=baseline,
        candidate=candidate,
        author=author,
        data=data,
        speaking=speaking,
        judge=judge,
        judge_concurrency=judge_concurrency,
        memorisation=memorisation,
        perplexity=perplexity,
        max_failed_share=max_failed_share,
        gate=gate,
    )
    material = load_evaluation_material(wanted)
    job = required_job(where, sagemaker)
    answered = () if job is None else answer_on_sagemaker(material, wanted, job)
    report = score_models(material, wanted, after=answered)
    kept = keep_evaluation(report, wanted)
    if promotion is not None:
        promote_model(kept, promotion)
    require_promotion(report, wanted, kept)

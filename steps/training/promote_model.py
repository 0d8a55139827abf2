"""Step: a registered model that was evaluated, in production if it may."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from loguru import logger
from zenml import step
from zenml.client import Client

from llm_engineering.application.train.promotion import Evidence, Promotion, gate_objections, promoted
from llm_engineering.application.train.registry import chosen_version
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.infrastructure.models.folders import folder_evidence
from llm_engineering.infrastructure.models.registering import keep_evaluation
from llm_engineering.infrastructure.models.zenml_registry import ZenmlModelRegistry
from steps.materializers import ResultMaterializer
from steps.training.register_model import link_to_run


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the registry lies outside of the artifacts
def promote_model(evaluation: ModelEvaluation, promotion: Promotion) -> Annotated[RegisteredModel, "judged_model"]:
    """Return the version that was evaluated, with the figures as its metadata and in its card, promoted if it may be.

    Figures of other weights are not put down to a version; why they are not is logged.
    """
    registry = ZenmlModelRegistry(Client())
    model = chosen_version(registry, promotion.name, promotion.version)
    objections = gate_objections(model, evaluation)
    if any(each.weights_hash == model.weights_hash for each in evaluation.models):
        model = registry.note_evaluation(model, evaluation.figures)
        link_to_run(registry, model)
        keep_evaluation(model, evaluation)
    if not promotion.promote or objections:
        _tell_why_not(model, promotion, objections)
        return model
    found = folder_evidence(Path(model.folder))
    evidence = Evidence(weights_hash=found.weights_hash, evaluation=evaluation)
    return promoted(registry, model, evidence, at=datetime.now(UTC))


def _tell_why_not(model: RegisteredModel, promotion: Promotion, objections: Sequence[str]) -> None:
    if not promotion.promote:
        logger.info("{name} {version} was to be judged only", name=model.name, version=model.version)
    else:
        logger.warning(
            "{name} {version} stays out of production: {reasons}",
            name=model.name,
            version=model.version,
            reasons="; ".join(objections),
        )

"""How a folder becomes a version: hashed, copied, described by a card and told to the registry."""

from pathlib import Path

from loguru import logger

from llm_engineering.application.evaluate.model_scoring.folders import folder_evaluation, write_evaluation
from llm_engineering.application.train.card import ModelCardDetails, model_card
from llm_engineering.application.train.files import CARD_FILE
from llm_engineering.application.train.registry import ModelRegistry, NewVersion, Registration
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.models.folders import (
    folder_evidence,
    folder_weights,
    kept_copy,
    read_trained_model,
)


def registered_folder(
    registry: ModelRegistry, model: TrainedModel, registration: Registration, data_folder: Path
) -> RegisteredModel:
    """Register the model of a folder and return its version; the same weights twice are one version.

    Args:
        registry: Where it is registered.
        model: What training says of it; its folder is that of the model now.
        registration: Under which name, and whether a copy is kept.
        data_folder: Copies lie below it.

    Raises:
        NoTrainedModelError: The folder holds no weights.
        ModelNotCopiedError: There is no room for a copy.
    """
    folder = Path(model.folder).absolute()
    weights_hash = folder_weights(folder)
    if registration.keep_copy:
        folder = kept_copy(folder, data_folder, registration.name, weights_hash)
    write_card(folder, ModelCardDetails(title=registration.name))
    new = NewVersion(name=registration.name, model=model, folder=str(folder), weights_hash=weights_hash)
    return registry.register(new)


def write_card(folder: Path, details: ModelCardDetails) -> Path:
    """Write the card of a model to its folder, in the place of an older one, and return its path.

    Raises:
        NoTrainedModelError: The folder holds no trained model.
    """
    card = model_card(
        read_trained_model(folder),
        details,
        weights_hash=folder_weights(folder),
        evaluation=folder_evaluation(folder),
    )
    path = folder / CARD_FILE
    path.write_text(card, encoding="utf-8")
    return path


def keep_evaluation(model: RegisteredModel, evaluation: ModelEvaluation) -> None:
    """Write an evaluation, and a card with its scores, to the folder of the version that it is about.

    Nothing is written where other weights lie now, or none.
    """
    folder = Path(model.folder)
    if folder_evidence(folder).weights_hash != model.weights_hash:
        logger.warning("{folder} does not hold the weights that were evaluated: nothing was written", folder=folder)
        return
    write_evaluation(folder, evaluation)
    write_card(folder, ModelCardDetails(title=model.name))

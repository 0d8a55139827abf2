"""Models on the Hugging Face Hub."""

from pathlib import Path
from typing import Final

from pydantic import SecretStr

from llm_engineering.application.evaluate.model_scoring.folders import EVALUATION_FILE
from llm_engineering.application.prompts.contract import CONTRACT_FILE
from llm_engineering.application.train.card import ModelCardDetails
from llm_engineering.infrastructure.hub import Destination, PushedFolder, pushed_folder, required_token
from llm_engineering.infrastructure.models.registering import write_card

_OURS: Final = (EVALUATION_FILE, CONTRACT_FILE)
_LEFT_OUT: Final = ("checkpoint-*", "checkpoint-*/*", ".*", "*.new", "optimizer.pt", "scheduler.pt", "rng_state*")
"""State of the training, which nobody needs to use the model."""


class ModelPublication(Destination):
    """Where a model goes on the Hub, who may see it, and what its card says."""

    title: str = ModelCardDetails().title
    description: str = ""
    languages: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    """Repositories that hold what it was trained on."""

    @property
    def details(self) -> ModelCardDetails:
        """What the card says."""
        return ModelCardDetails(
            title=self.title,
            description=self.description,
            licence=self.licence,
            languages=self.languages,
            datasets=self.datasets,
            repository=self.repository,
        )


class PushedModel(PushedFolder):
    """A model as it lies on the Hub."""


def push_model_to_huggingface(
    folder: Path, publication: ModelPublication, token: SecretStr | None, *, endpoint: str | None = None
) -> PushedModel:
    """Write the card of a model, push its folder to the Hub in one commit, and return where it lies.

    `training.json` goes with it: it has the parameters and the names of data sets and of the base model.

    Raises:
        NoTrainedModelError: The folder holds no trained model.
        TwinError: Those of `pushed_folder`.
    """
    required_token(publication, token, "model")  # told before anything is written
    write_card(folder, publication.details)
    pushed = pushed_folder(
        folder,
        publication,
        token,
        kind="model",
        message=f"Write {publication.title}",
        ours=_OURS,
        left_out=_LEFT_OUT,
        endpoint=endpoint,
    )
    return PushedModel(**pushed.model_dump())

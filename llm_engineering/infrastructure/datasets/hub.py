"""Data sets on the Hugging Face Hub."""

from pathlib import Path

from pydantic import SecretStr

from llm_engineering.application.datasets.card import DATA_FILES, CardDetails
from llm_engineering.application.prompts.contract import CONTRACT_FILE
from llm_engineering.infrastructure.datasets.parquet_folder import CARD_FILE, GATES_FILE
from llm_engineering.infrastructure.hub import Destination, PushedFolder, pushed_folder


class Publication(Destination):
    """Where a data set goes on the Hub, who may see it, and what its card says."""

    title: str = CardDetails().title
    description: str = ""

    @property
    def details(self) -> CardDetails:
        """What the card says."""
        return CardDetails(
            title=self.title, description=self.description, licence=self.licence, repository=self.repository
        )


class PushedDataset(PushedFolder):
    """A data set as it lies on the Hub."""


def push_to_huggingface(
    folder: Path, publication: Publication, token: SecretStr | None, *, endpoint: str | None = None
) -> PushedDataset:
    """Push the folder of a data set to the Hub in one commit, and return where it lies.

    Args:
        folder: As `save_dataset` wrote it, with the card of this publication.
        publication: Where to, and who may see it.
        token: Of the Hub, with the right to write.
        endpoint: Address of the Hub; None: the one that HF_ENDPOINT names, else huggingface.co.

    Raises:
        TwinError: Those of `pushed_folder`.
    """
    pushed = pushed_folder(
        folder,
        publication,
        token,
        kind="dataset",
        message=f"Write {publication.title}",
        ours=(*DATA_FILES.values(), CONTRACT_FILE, GATES_FILE, CARD_FILE),
        endpoint=endpoint,
    )
    return PushedDataset(**pushed.model_dump())

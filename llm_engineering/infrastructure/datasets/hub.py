"""Data sets on the Hugging Face Hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, SecretStr

from llm_engineering.application.datasets.card import DATA_FILES, UNKNOWN_LICENCE, CardDetails
from llm_engineering.application.prompts.contract import CONTRACT_FILE
from llm_engineering.domain.errors import InvalidInputError, RetryableError, TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.infrastructure.datasets.parquet_folder import CARD_FILE, GATES_FILE

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_TOO_MANY: Final = 429
_SERVER: Final = 500


class Publication(FrozenModel):
    """Where a data set goes on the Hub, and who may see it."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$")]
    """As owner/name."""
    private: bool = True
    """Only its owner sees it; false shows it to everybody, which needs a licence."""
    title: str = CardDetails().title
    description: str = ""
    licence: str = UNKNOWN_LICENCE
    """As the Hub names it, such as cc-by-4.0."""

    @property
    def details(self) -> CardDetails:
        """What the card says."""
        return CardDetails(
            title=self.title, description=self.description, licence=self.licence, repository=self.repository
        )


class HubTokenMissingError(InvalidInputError):
    """Nothing can be pushed without a token."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            f"Pushing to {repository} needs a token of the Hugging Face Hub, and none is set.",
            remedy="Make one with the right to write (huggingface.co/settings/tokens) and set "
            "HUGGINGFACE_ACCESS_TOKEN in .env.",
        )
        self.repository = repository


class LicenceMissingError(InvalidInputError):
    """A data set that everybody may see needs a licence."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            f"The data set {repository} is to be public, but no licence is named.",
            remedy="Set `licence`, such as cc-by-4.0, once the author has agreed; or leave `private: true`.",
        )
        self.repository = repository


class PublicRepositoryError(TwinError):
    """A data set that is to be private would be seen by everybody; nothing was pushed."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            f"The data set {repository} exists on the Hub and is public, but is to be private.",
            remedy="Make it private there, name another repository, or set `private: false` on purpose.",
        )
        self.repository = repository


class HubRefusedError(TwinError):
    """The Hub does not accept a token or a request; nothing was pushed."""

    def __init__(self, repository: str, reason: str) -> None:
        super().__init__(
            f"The Hugging Face Hub refused {repository}: {reason}.",
            remedy="Check the name of the repository, and that HUGGINGFACE_ACCESS_TOKEN may write to it.",
        )
        self.repository = repository


class HubUnreachableError(RetryableError):
    """The Hub could not be reached, or has a fault; the call can be repeated."""

    def __init__(self, repository: str, reason: str) -> None:
        super().__init__(
            f"The Hugging Face Hub could not take {repository}: {reason}.",
            remedy="Try again later; pushing twice changes nothing. HF_HUB_OFFLINE has to be unset.",
        )
        self.repository = repository


class PushedDataset(Result):
    """A data set as it lies on the Hub."""

    repository: str
    url: str
    commit: str
    """Hash of the commit, by which exactly these files can be loaded again."""
    private: bool

    @property
    def figures(self) -> Figures:
        """Where it lies."""
        return {"repository": self.repository, "url": self.url, "commit": self.commit, "private": self.private}


def required_token(publication: Publication, token: SecretStr | None) -> SecretStr:
    """Return the token, if a data set can be pushed with it as far as can be told here.

    Raises:
        HubTokenMissingError: There is no token.
        LicenceMissingError: The data set is to be public without a licence.
    """
    if token is None:
        raise HubTokenMissingError(publication.repository)
    if not publication.private and publication.licence == UNKNOWN_LICENCE:
        raise LicenceMissingError(publication.repository)
    return token


def push_to_huggingface(
    folder: Path, publication: Publication, token: SecretStr | None, *, endpoint: str | None = None
) -> PushedDataset:
    """Push the folder of a data set to the Hub in one commit, and return where it lies.

    The repository is made if it is not there. What its files were stays in its history; files of a former push that the
    folder does not have any more are deleted.

    Args:
        folder: As `save_dataset` wrote it, with the card of this publication.
        publication: Where to, and who may see it.
        token: Of the Hub, with the right to write.
        endpoint: Address of the Hub; None: the one that HF_ENDPOINT names, else huggingface.co.

    Raises:
        HubTokenMissingError: There is no token.
        LicenceMissingError: It is to be public without a licence.
        PublicRepositoryError: It is to be private, but is public there.
        HubRefusedError: The Hub does not accept token or request.
        HubUnreachableError: The Hub could not be reached.
    """
    secret = required_token(publication, token)
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    # The token goes in here, and not by `login`, which would write it to the disk.
    api = HfApi(endpoint=endpoint, token=secret.get_secret_value())
    try:
        return _pushed(api, folder, publication)
    except HfHubHTTPError as error:
        raise _told(publication.repository, error.response.status_code, error.server_message) from error
    except HFValidationError as error:
        raise HubRefusedError(publication.repository, str(error).splitlines()[0]) from error
    except (OfflineModeIsEnabled, httpx.TransportError, OSError) as error:
        raise HubUnreachableError(publication.repository, f"{type(error).__name__}: {error!s:.200}") from error


def _pushed(api: "HfApi", folder: Path, publication: Publication) -> PushedDataset:
    name = publication.repository
    api.create_repo(name, repo_type="dataset", private=publication.private, exist_ok=True)
    # A repository that was there keeps who may see it, whatever was asked for.
    is_private = bool(api.repo_info(name, repo_type="dataset").private)
    if publication.private and not is_private:
        raise PublicRepositoryError(name)
    here = {path.name for path in folder.iterdir()}
    gone = [each for each in (*DATA_FILES.values(), CONTRACT_FILE, GATES_FILE, CARD_FILE) if each not in here]
    commit = api.upload_folder(
        repo_id=name,
        repo_type="dataset",
        folder_path=folder,
        commit_message=f"Write {publication.title}",
        delete_patterns=gone or None,
    )
    return PushedDataset(
        repository=name, url=f"{api.endpoint}/datasets/{name}", commit=str(commit.oid), private=is_private
    )


def _told(repository: str, status: int, message: str | None) -> TwinError:
    reason = f"status {status}{f', {message:.200}' if message else ''}"
    if status == _TOO_MANY or status >= _SERVER:
        return HubUnreachableError(repository, reason)
    return HubRefusedError(repository, reason)

"""What pushing data sets and models to the Hugging Face Hub shares: who may see them, and what can go wrong."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from pydantic import Field, SecretStr

from llm_engineering.application.cards import UNKNOWN_LICENCE, Licence
from llm_engineering.domain.errors import InvalidInputError, RetryableError, TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result

if TYPE_CHECKING:
    from huggingface_hub import HfApi

RepositoryKind = Literal["dataset", "model"]
_TOO_MANY: Final = 429
_SERVER: Final = 500
_NAMES: Final = {"dataset": "data set", "model": "model"}
_PATHS: Final = {"dataset": "datasets/", "model": ""}
T = TypeVar("T")


class Destination(FrozenModel):
    """A repository on the Hub, and who may see it."""

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$")]
    """As owner/name."""
    private: bool = True
    """Only its owner sees it; false shows it to everybody, which needs a licence."""
    licence: Licence = UNKNOWN_LICENCE
    """As the Hub names it, such as cc-by-4.0."""


class PushedFolder(Result):
    """A folder as it lies on the Hub."""

    repository: str
    url: str
    commit: str
    """Hash of the commit, by which exactly these files can be loaded again."""
    private: bool

    @property
    def figures(self) -> Figures:
        """Where it lies."""
        return {"repository": self.repository, "url": self.url, "commit": self.commit, "private": self.private}


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
    """What everybody may see needs a licence."""

    def __init__(self, repository: str, kind: RepositoryKind = "dataset") -> None:
        super().__init__(
            f"The {_NAMES[kind]} {repository} is to be public, but no licence is named.",
            remedy="Set `licence`, such as cc-by-4.0, once the author has agreed; or leave `private: true`.",
        )
        self.repository = repository


class PublicRepositoryError(TwinError):
    """What is to be private would be seen by everybody; nothing was pushed."""

    def __init__(self, repository: str, kind: RepositoryKind = "dataset") -> None:
        super().__init__(
            f"The {_NAMES[kind]} {repository} exists on the Hub and is public, but is to be private.",
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


def required_token(destination: Destination, token: SecretStr | None, kind: RepositoryKind = "dataset") -> SecretStr:
    """Return the token, if something can be pushed with it as far as can be told here.

    Raises:
        HubTokenMissingError: There is no token.
        LicenceMissingError: It is to be public without a licence.
    """
    if token is None:
        raise HubTokenMissingError(destination.repository)
    if not destination.private and destination.licence == UNKNOWN_LICENCE:
        raise LicenceMissingError(destination.repository, kind)
    return token


def pushed_folder(
    folder: Path,
    destination: Destination,
    token: SecretStr | None,
    *,
    kind: RepositoryKind,
    message: str,
    ours: Sequence[str],
    left_out: Sequence[str] = (),
    endpoint: str | None = None,
) -> PushedFolder:
    """Push a folder to the Hub in one commit, and return where it lies.

    The repository is made if it is not there. What its files were stays in its history.

    Args:
        folder: What is pushed.
        destination: Where to, and who may see it.
        token: Of the Hub, with the right to write.
        kind: What the repository holds.
        message: Of the commit.
        ours: Names of files of former pushes that are deleted there if the folder does not have them any more.
        left_out: Patterns of files that are not pushed.
        endpoint: Address of the Hub; None: the one that HF_ENDPOINT names, else huggingface.co.

    Raises:
        HubTokenMissingError: There is no token.
        LicenceMissingError: It is to be public without a licence.
        PublicRepositoryError: It is to be private, but is public there.
        HubRefusedError: The Hub does not accept token or request.
        HubUnreachableError: The Hub could not be reached.
    """
    secret = required_token(destination, token, kind)

    def push(api: "HfApi") -> PushedFolder:
        name = destination.repository
        api.create_repo(name, repo_type=kind, private=destination.private, exist_ok=True)
        # A repository that was there keeps who may see it, whatever was asked for.
        is_private = bool(api.repo_info(name, repo_type=kind).private)
        if destination.private and not is_private:
            raise PublicRepositoryError(name, kind)
        here = {path.name for path in folder.iterdir()}
        commit = api.upload_folder(
            repo_id=name,
            repo_type=kind,
            folder_path=folder,
            commit_message=message,
            delete_patterns=[each for each in ours if each not in here] or None,
            ignore_patterns=list(left_out) or None,
        )
        return PushedFolder(
            repository=name, url=f"{api.endpoint}/{_PATHS[kind]}{name}", commit=str(commit.oid), private=is_private
        )

    return _told(push, destination.repository, secret, endpoint)


def _told(push: Callable[["HfApi"], T], repository: str, secret: SecretStr, endpoint: str | None) -> T:
    """Return what a call of the Hub gives, with its failures as errors of the project."""
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    # The token goes in here, and not by `login`, which would write it to the disk.
    api = HfApi(endpoint=endpoint, token=secret.get_secret_value())
    try:
        return push(api)
    except HfHubHTTPError as error:
        raise _by_status(repository, error.response.status_code, error.server_message) from error
    except HFValidationError as error:
        raise HubRefusedError(repository, str(error).splitlines()[0]) from error
    except (OfflineModeIsEnabled, httpx.TransportError, OSError) as error:
        raise HubUnreachableError(repository, f"{type(error).__name__}: {error!s:.200}") from error


def _by_status(repository: str, status: int, message: str | None) -> TwinError:
    reason = f"status {status}{f', {message:.200}' if message else ''}"
    if status == _TOO_MANY or status >= _SERVER:
        return HubUnreachableError(repository, reason)
    return HubRefusedError(repository, reason)

"""What can go wrong in AWS, named after what has to be done about it."""

from collections.abc import Mapping
from typing import Any, Final

from llm_engineering.domain.errors import InvalidInputError, RetryableError, TwinError

_SHOWN_CHARACTERS: Final = 400


class AwsMissingError(InvalidInputError):
    """The library or the configuration of AWS is not there."""


class AwsExtraMissingError(AwsMissingError):
    """boto3, by which AWS is asked, or another library of the extra is not installed."""

    def __init__(self, library: str = "boto3") -> None:
        super().__init__(
            f"AWS cannot be asked, because {library} is not installed.",
            remedy="Install it: pip install 'llm-twin[aws]' (or: make setup).",
        )


class RoleMissingError(InvalidInputError):
    """It is not set which role containers run as."""

    def __init__(self) -> None:
        super().__init__(
            "AWS_ARN_ROLE is not set: SageMaker has to know which role the container runs as.",
            remedy="Make one with `poetry poe create-sagemaker-execution-role` and set AWS_ARN_ROLE to what it prints.",
        )


class AwsError(TwinError):
    """AWS refused a call, or did not answer it.

    Args:
        call: What was asked, such as "sagemaker.create_endpoint".
        code: Code of AWS, or the type of the error of its client.
        said: Message of AWS.
    """

    remedy_text = "The message of AWS says what it does not take; nothing was changed by this call."

    def __init__(self, call: str, code: str, said: str) -> None:
        super().__init__(
            f"{call} failed with {code}: {' '.join(said.split())[:_SHOWN_CHARACTERS]}", remedy=self.remedy_text
        )
        self.call = call
        self.code = code


class AwsSignInError(AwsError):
    """There are no credentials, or they are wrong or no longer valid."""

    remedy_text = (
        "Sign in to AWS again (aws sso login), or set AWS_ACCESS_KEY and AWS_SECRET_KEY to valid keys; then run the "
        "command again."
    )


class AwsDeniedError(AwsError):
    """Who asks may not do this."""

    remedy_text = (
        "Ask as somebody who may, or give the permission; llm_engineering/infrastructure/aws/policies lists what each "
        "command needs."
    )


class AwsBusyError(AwsError, RetryableError):
    """AWS asks to be asked less, or did not answer."""

    remedy_text = "Wait a minute and run the command again."


class AwsQuotaError(AwsError):
    """The account may not have as much of this as is asked for."""

    remedy_text = (
        "Ask for a higher quota in the console (Service Quotas, Amazon SageMaker, '<instance type> for endpoint "
        "usage'), or set a smaller or another instance type; then run the command again."
    )


class AwsNotThereError(AwsError):
    """What a call is about does not exist."""

    remedy_text = "Check the name and AWS_REGION."


class AwsAlreadyThereError(AwsError):
    """What is to be made exists."""

    remedy_text = "Run the command again: it takes what is there."


_CODES: Final[Mapping[str, type[AwsError]]] = {
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        AwsSignInError,
    ),
    **dict.fromkeys(("403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), AwsDeniedError),
    **dict.fromkeys(
        (
            "ConcurrentUpdateException",
            "InternalFailure",
            "InternalServerError",
            "InternalServiceException",
            "RequestLimitExceeded",
            "ServiceUnavailable",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        AwsBusyError,
    ),
    **dict.fromkeys(("LimitExceeded", "LimitExceededException", "ResourceLimitExceeded"), AwsQuotaError),
    **dict.fromkeys(
        (
            "404",
            "NoSuchBucket",
            "NoSuchEntity",
            "NoSuchKey",
            "ObjectNotFoundException",
            "ResourceNotFound",
            "ResourceNotFoundException",
        ),
        AwsNotThereError,
    ),
    **dict.fromkeys(("EntityAlreadyExists", "EntityAlreadyExistsException"), AwsAlreadyThereError),
}
_MISSING_WORDS: Final = (
    "could not find",
    "requested resource not found",
    "does not exist",
    "no scalable target found",
    "no scaling policy found",
)
_PRESENT_WORDS: Final = ("already existing", "already exists")


def named_error(call: str, error: Exception) -> Exception:
    """Return the error of the project for one of the client of AWS; other errors as they are.

    SageMaker reports what is missing, and what is there already, as a ValidationException: only its words tell.
    """
    from boto3.exceptions import Boto3Error
    from botocore import exceptions as aws

    error = _cause_of_transfer(error)
    if isinstance(error, aws.ClientError):
        details: Mapping[str, Any] = error.response.get("Error", {})
        code, said = str(details.get("Code") or "an error without a code"), str(details.get("Message") or "")
        return _kind(code, said)(call, code, said)
    kind = type(error).__name__
    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.TokenRetrievalError):
        return AwsSignInError(call, kind, str(error))
    if isinstance(error, aws.SSOError | aws.UnauthorizedSSOTokenError):
        return AwsSignInError(call, kind, str(error))
    if isinstance(error, aws.ParamValidationError):
        return AwsError(call, kind, str(error))
    if isinstance(error, aws.BotoCoreError | Boto3Error):
        return AwsBusyError(call, kind, str(error))
    return error


def _cause_of_transfer(error: Exception) -> Exception:
    """Return what AWS refused, where the transfer of a file says it only in words."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    is_refused = isinstance(error, S3UploadFailedError) and isinstance(error.__context__, ClientError)
    return error.__context__ if is_refused and isinstance(error.__context__, Exception) else error


def _kind(code: str, said: str) -> type[AwsError]:
    if code in _CODES:
        return _CODES[code]
    words = said.lower()
    if any(part in words for part in _MISSING_WORDS):
        return AwsNotThereError
    if any(part in words for part in _PRESENT_WORDS):
        return AwsAlreadyThereError
    return AwsError

"""The errors of SageMaker and of the AWS client as those of the port."""

from typing import Any, Final

from llm_engineering.infrastructure.language_models.faults import Server

_STATUSES: Final = {
    "ThrottlingException": 429,
    "Throttling": 429,
    "TooManyRequestsException": 429,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "ModelNotReadyException": 503,
    "InternalFailure": 500,
    "InternalServerException": 500,
    "InternalDependencyException": 500,
    "InternalStreamFailure": 500,
    "ModelStreamError": 500,
    "AccessDeniedException": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "InvalidClientTokenId": 403,
    "InvalidSignatureException": 403,
    "SignatureDoesNotMatch": 403,
    "UnrecognizedClientException": 403,
}
"""HTTP statuses that say the same as the codes of AWS, whose own statuses are often 400."""


def status_and_message(error: Any) -> tuple[int, str]:  # noqa: ANN401 - a ClientError, which has no types
    """Return the status and the message of an answer that reports an error: the container's own, if it is its."""
    response = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    message = str(response.get("Error", {}).get("Message", ""))
    if code == "ModelError":
        return int(response.get("OriginalStatusCode") or 500), str(response.get("OriginalMessage") or message)
    if code in {"ValidationError", "ValidationException"}:
        if "no capacity" in message.lower():
            return 503, f"no copy of the model runs; this call wakes one, which takes minutes: {message}"
        return (404 if "not found" in message.lower() else 400), message
    status = _STATUSES.get(code) or response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 500
    return int(status), f"{code}: {message}"


def named(error: Exception, server: Server) -> Exception:
    """Return the error of the port for one of the AWS client; other errors as they are."""
    from botocore import exceptions as aws
    from botocore.eventstream import ParserError
    from urllib3.exceptions import HTTPError

    if isinstance(error, aws.ClientError):
        return server.of_status(*status_and_message(error))
    if isinstance(error, aws.EndpointConnectionError | aws.ConnectTimeoutError | aws.ProxyConnectionError):
        return server.unreachable(f"no connection ({type(error).__name__})", was_sent=False)
    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.TokenRetrievalError):
        return server.of_status(401, "")
    if isinstance(error, ParserError):
        return server.broken(f"the event stream is damaged ({type(error).__name__})")
    if isinstance(error, aws.BotoCoreError | HTTPError | OSError):
        return server.unreachable(f"the connection broke ({type(error).__name__})", was_sent=True)
    return error

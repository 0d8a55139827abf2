"""The errors of AWS and of its client are named after what has to be done about them."""

import pytest
from botocore import exceptions as aws

from llm_engineering.infrastructure.aws import errors


def refused(code: str, message: str) -> aws.ClientError:
    return aws.ClientError({"Error": {"Code": code, "Message": message}}, "CreateEndpoint")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("ThrottlingException", "Rate exceeded"), errors.AwsBusyError),
        (refused("ResourceLimitExceeded", "0 Instances"), errors.AwsQuotaError),
        (refused("ExpiredTokenException", "expired"), errors.AwsSignInError),
        (refused("AccessDeniedException", "no"), errors.AwsDeniedError),
        (refused("NoSuchEntity", "no"), errors.AwsNotThereError),
        (refused("ValidationException", 'Could not find endpoint "twin".'), errors.AwsNotThereError),
        (refused("ValidationException", 'Cannot create already existing model "m".'), errors.AwsAlreadyThereError),
        (refused("ValidationException", "bad image"), errors.AwsError),
        (aws.NoCredentialsError(), errors.AwsSignInError),
        (aws.ParamValidationError(report="bad"), errors.AwsError),
        (aws.EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), errors.AwsBusyError),
        (KeyError("x"), KeyError),
    ],
)
def test_each_is_named(error: Exception, kind: type[Exception]) -> None:
    assert type(errors.named_error("sagemaker.create_endpoint", error)) is kind


def test_it_says_which_call_failed_and_why_but_not_at_any_length() -> None:
    error = errors.named_error("sagemaker.create_endpoint", refused("ResourceLimitExceeded", "x" * 1000))

    assert isinstance(error, errors.AwsQuotaError)
    assert error.problem.startswith("sagemaker.create_endpoint failed with ResourceLimitExceeded: xxx")
    assert len(error.problem) < 500
    assert "Service Quotas" in error.remedy

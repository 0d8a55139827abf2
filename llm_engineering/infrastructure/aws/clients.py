"""Clients of boto3, made of the settings."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import SecretStr

from llm_engineering.infrastructure.aws.errors import AwsExtraMissingError, AwsMissingError
from llm_engineering.settings import Settings


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """As whom, and where, AWS is asked. Without keys credentials are found as all tools of AWS find them."""

    region: str | None = None
    """None for the region of the AWS configuration of this machine."""
    access_key: str | None = None
    secret_key: SecretStr | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say.

        Raises:
            AwsMissingError: One of the two keys is set, but not the other.
        """
        access_key, secret_key = settings.aws_access_key, settings.aws_secret_key
        if (access_key is None) is not (secret_key is None):
            given, missing = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY")[:: 1 if access_key else -1]
            raise AwsMissingError(
                f"{given} is set, but {missing} is not.", remedy="Set both, or none to sign in with `aws sso login`."
            )
        return cls(settings.aws_region, access_key.get_secret_value() if access_key else None, secret_key)

    def client(self, service: str, *, purpose: str, **config: Any) -> Any:  # noqa: ANN401 - boto3 has no types
        """Return a client; nothing is asked yet.

        Args:
            service: As boto3 calls it, such as "sagemaker-runtime".
            purpose: What it is for, for the error.
            config: For botocore's `Config`.

        Raises:
            AwsMissingError: boto3 is not installed, there is no region, or the profile of AWS is not configured.
        """
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import NoRegionError, ProfileNotFound
        except ImportError as error:
            raise AwsExtraMissingError from error
        keys = {
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key.get_secret_value() if self.secret_key else None,
        }
        try:
            # A session of its own: that of the whole process keeps the credentials that it has found first.
            connected: Any = boto3.Session().client  # its types want a literal name
            return connected(service, region_name=self.region, config=Config(**config), **keys)
        except NoRegionError as error:
            raise AwsMissingError(
                f"There is no region in which to look for {purpose}.",
                remedy="Set AWS_REGION, or a region in the configuration of AWS.",
            ) from error
        except ProfileNotFound as error:
            raise AwsMissingError(
                f"AWS cannot be asked: {error}.", remedy="Correct AWS_PROFILE, or run `aws configure`."
            ) from error

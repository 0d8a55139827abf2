"""One way to call AWS, so that a run can be shown before it is made."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.aws.errors import named_error

TRIES: Final = 5
"""For calls that AWS throttles or that get no answer, with growing pauses; botocore does it."""
_PRICES_REGION: Final = "us-east-1"
"""The price list is served in a few regions only."""


class AwsCalls(Protocol):
    """Makes calls of AWS.

    Calls are those of boto3: the name of the service, that of the method, and its parameters.
    """

    @property
    def region(self) -> str:
        """Region that calls go to."""

    def call(self, service: str, operation: str, **parameters: object) -> Mapping[str, Any]:
        """Return the answer of a call.

        Raises:
            AwsError: AWS refused it or did not answer.
        """

    def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[Any]:
        """Return the items of all pages of an answer.

        Raises:
            AwsError: As above.
        """


class BotoCalls:
    """Calls AWS by clients of boto3.

    Args:
        client: Gives the client of a service.
        region: Region of the clients.
    """

    def __init__(self, client: Callable[[str], Any], region: str) -> None:
        self._client = client
        self._region = region

    @classmethod
    def connect(cls, access: AwsAccess, *, purpose: str) -> "BotoCalls":
        """Return calls by clients that are made when they are needed.

        Args:
            access: As whom, and where.
            purpose: What they are for, for errors.

        Raises:
            AwsMissingError: boto3 is not installed, or there is no region.
        """
        clients: dict[str, Any] = {}
        prices = AwsAccess(_PRICES_REGION, access.access_key, access.secret_key)

        def client(service: str) -> Any:  # noqa: ANN401 - boto3 has no types
            if service not in clients:
                where = prices if service == "pricing" else access
                retries = {"mode": "standard", "total_max_attempts": TRIES}
                clients[service] = where.client(
                    service, purpose=purpose, retries=retries, connect_timeout=10, read_timeout=60
                )
            return clients[service]

        return cls(client, str(client("sagemaker").meta.region_name))

    @property
    def region(self) -> str:
        """Region of the clients."""
        return self._region

    def call(self, service: str, operation: str, **parameters: object) -> Mapping[str, Any]:
        """Return the answer of a call."""
        try:
            answer: Mapping[str, Any] | None = getattr(self._client(service), operation)(**parameters)
        except Exception as error:
            raise named_error(f"{service}.{operation}", error) from error
        return answer or {}  # transfers of files answer nothing

    def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[Any]:
        """Return the items of all pages of an answer."""
        try:
            pages = self._client(service).get_paginator(operation).paginate(**parameters)
            return [item for page in pages for item in page.get(items, ())]
        except Exception as error:
            raise named_error(f"{service}.{operation}", error) from error

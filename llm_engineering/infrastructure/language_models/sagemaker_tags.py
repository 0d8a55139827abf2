"""Reads from the tags of a SageMaker endpoint which prompt contract its model was trained under."""

from contextlib import closing
from typing import Any

from loguru import logger

from llm_engineering.application.prompts.contract import ENDPOINT_TAG, ContractCheck, checked_tag
from llm_engineering.application.prompts.source import PromptSource


def checked_endpoint(client: Any, endpoint: str, source: PromptSource, *, is_other_allowed: bool) -> ContractCheck:  # noqa: ANN401 - boto3 has no types
    """Return whether the model of an endpoint may be asked with the current prompts.

    Who may call an endpoint need not be allowed to read its tags: then nothing is known, and the log says why.

    Args:
        client: A client of boto3 for `sagemaker`; it is closed.
        endpoint: Name of the endpoint.
        source: Where the prompts come from that it is asked with.
        is_other_allowed: Whether it may have been trained under another contract.

    Raises:
        ContractMismatchError: It was trained under another contract, and that is not allowed.
        UnreadableContractError: The tag is none of a contract.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with closing(client):
            tag = _contract_tag(client, endpoint)
    except (BotoCoreError, ClientError) as error:
        logger.warning(
            "whether the model of {endpoint} was trained under the prompt contract of now is not known: its tags could "
            "not be read ({reason}); the permissions sagemaker:DescribeEndpoint and sagemaker:ListTags allow it",
            endpoint=endpoint,
            reason=_code(error),
        )
        return ContractCheck.UNKNOWN
    return checked_tag(tag, source, endpoint=endpoint, is_other_allowed=is_other_allowed)


def _contract_tag(client: Any, endpoint: str) -> str | None:  # noqa: ANN401 - as above
    """Return the value of the tag; None if there is none."""
    arn = client.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    tags = (tag for page in pages for tag in page["Tags"])
    return next((str(tag["Value"]) for tag in tags if tag["Key"] == ENDPOINT_TAG), None)


def _code(error: Any) -> str:  # noqa: ANN401 - as above
    """Return the code of AWS, or the type: messages of AWS name accounts."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)

"""Prompts from Opik's prompt library (extra `tracing`).

A prompt there has the name that it has in the code. Its version is current that Opik's environment "production" points
to, so that a version that is saved there is not used before somebody says so. Templates are Mustache with plain names:
`{{question}}`. The REST client of the `opik` package is used and not its `Opik` object, which fills templates by
itself, Jinja included, keeps a cache of its own and starts threads.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from llm_engineering.application.prompts.source import Prompt, UnknownPromptError
from llm_engineering.application.prompts.templates import (
    Pieces,
    TemplatePrompt,
    UnusableTemplateError,
    filling,
    mustache_pieces,
)
from llm_engineering.domain.errors import InvalidInputError, RetryableError, TwinError
from llm_engineering.domain.language_models import Role
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess

if TYPE_CHECKING:
    from opik.rest_api.core.request_options import RequestOptions
    from opik.rest_api.prompts.client import PromptsClient
    from opik.rest_api.types.prompt_version_detail import PromptVersionDetail

_T = TypeVar("_T")
_ENVIRONMENT: Final = "production"
_LISTED: Final = 100
_NOT_FOUND: Final = 404
_REFUSED: Final = frozenset({401, 403})
_ONCE: "Final[RequestOptions]" = {"max_retries": 0}
_SILENT: Final[Mapping[str, str]] = {"OPIK_SENTRY_ENABLE": "false", "OPIK_ANALYTICS_ENABLE": "false"}
"""opik reads them when it is imported: it reports its errors and its use to its makers otherwise."""


class OpikPromptsMissingError(InvalidInputError):
    """Prompts are to come from Opik, whose package is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Prompts are to come from Opik (PROMPT_ORIGIN=opik), but opik is not installed.",
            remedy="Install it: pip install 'llm-twin[tracing]' (or: make setup).",
        )


class OpikPromptsUnreachableError(RetryableError):
    """Opik did not answer, or failed."""


class OpikPromptsRefusedError(TwinError):
    """Opik does not accept the key or the workspace."""


class OpikPrompts:
    """The prompts of a project in Opik, as a `PromptSource`.

    Args:
        access: Where Opik answers, and whose project it is.
        timeout_seconds: How long one request may take.

    Raises:
        OpikPromptsMissingError: The extra `tracing` is not installed.
    """

    def __init__(self, access: OpikAccess, *, timeout_seconds: float) -> None:
        if find_spec("opik") is None:
            raise OpikPromptsMissingError
        self._access = access
        self._timeout_seconds = timeout_seconds

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version such as "v3", or of the one that is in production.

        Raises:
            UnknownPromptError: Opik has no such prompt or version, or none of it is in production.
            UnusableTemplateError: The template cannot be filled.
            OpikPromptsUnreachableError: Opik did not answer, or failed.
            OpikPromptsRefusedError: Opik does not accept the key.
        """
        with self._opened() as prompts:
            wanted: dict[str, str] = {"version_number": version} if version else {"environment": _ENVIRONMENT}
            detail = self._asked(
                lambda: prompts.retrieve_prompt_version(
                    name=name, project_name=self._access.project, request_options=_ONCE, **wanted
                )
            )
            if detail is None:
                raise self._unknown(prompts, name, version)
        filling(name)
        return TemplatePrompt(
            name, detail.version_number or version or "unnumbered", _messages(name, detail), origin="opik"
        )

    def _unknown(self, prompts: "PromptsClient", name: str, version: str | None) -> UnknownPromptError:
        page = self._asked(lambda: prompts.get_prompts(size=_LISTED, request_options=_ONCE))
        ids = {each.name: each.id for each in (page.content if page else None) or ()}
        prompt_id = ids.get(name)
        if prompt_id is None:
            return UnknownPromptError(name, sorted(ids))
        found = self._asked(lambda: prompts.get_prompt_versions(prompt_id, size=_LISTED, request_options=_ONCE))
        versions = [f"{name} {each.version_number}" for each in (found.content if found else None) or ()]
        return UnknownPromptError(f"{name} {version or f'in the environment {_ENVIRONMENT}'}", versions)

    def _asked(self, ask: Callable[[], _T]) -> _T | None:
        """Return what Opik answers, or None if it does not have it; neither key nor body is told in an error."""
        from opik.rest_api.core.api_error import ApiError

        place = f"Opik at {self._access.url}"
        try:
            return ask()
        except ApiError as error:
            if error.status_code == _NOT_FOUND:
                return None
            if error.status_code in _REFUSED:
                raise OpikPromptsRefusedError(
                    f"{place} answered with the status {error.status_code}.",
                    remedy="Check OPIK_API_KEY and OPIK_WORKSPACE.",
                ) from None
            raise OpikPromptsUnreachableError(
                f"{place} answered with the status {error.status_code}.", remedy="Try again later."
            ) from None
        except httpx.TransportError as error:
            raise OpikPromptsUnreachableError(
                f"{place} could not be reached ({type(error).__name__}).",
                remedy="Check OPIK_URL_OVERRIDE and whether Opik is running.",
            ) from error
        except ValueError as error:  # pydantic's: what came is no prompt
            raise OpikPromptsUnreachableError(
                f"{place} gave an answer that cannot be read ({type(error).__name__}).",
                remedy="Check OPIK_URL_OVERRIDE.",
            ) from error

    @contextmanager
    def _opened(self) -> "Iterator[PromptsClient]":
        os.environ.update({name: value for name, value in _SILENT.items() if name not in os.environ})
        from opik.rest_api.client import OpikApi

        # A redirect is not followed: it would take the key along.
        with httpx.Client(timeout=self._timeout_seconds, follow_redirects=False) as http:
            key = self._access.key
            yield OpikApi(
                base_url=self._access.url,
                api_key=key.get_secret_value() if key else None,
                workspace_name=self._access.workspace,
                httpx_client=http,
            ).prompts


def _messages(name: str, detail: "PromptVersionDetail") -> list[tuple[Role, Pieces]]:
    placeholders = sorted(filling(name).placeholders)
    if detail.type not in {None, "mustache"}:
        raise UnusableTemplateError(name, [f"it is written in {detail.type!r}, not in mustache"], placeholders)
    if detail.template_structure != "chat":
        return [(Role.USER, mustache_pieces(name, detail.template))]
    try:
        said = [(Role(each["role"]), _text(each["content"])) for each in json.loads(detail.template)]
    except (ValueError, KeyError, TypeError) as error:
        fault = f"its messages are no list of role and text ({type(error).__name__})"
        raise UnusableTemplateError(name, [fault], placeholders) from error
    return [(role, mustache_pieces(name, text)) for role, text in said]


def _text(content: Any) -> str:  # noqa: ANN401 - what a stranger sends
    if not isinstance(content, str):
        raise TypeError("The content of a message is no text.")
    return content

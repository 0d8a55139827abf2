"""Prompts from elsewhere, kept for a while, and those of the code when elsewhere fails."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from loguru import logger

from llm_engineering.application.prompts.loading import told_load
from llm_engineering.application.prompts.source import Prompt, PromptSource, UnknownPromptError
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.prompts import PromptReference

RETRY_SECONDS: Final = 10.0
"""How long a source that failed is left alone."""


@dataclass(frozen=True, slots=True)
class _Entry:
    prompt: Prompt
    is_from_source: bool
    asked_again_at: float


class CachedPrompts:
    """A `PromptSource` that asks another one now and then.

    - The current version is asked for again when `ttl_seconds` have passed; a named version never changes and is
      asked for once.
    - When the source fails, what it gave last goes on being used, however old; without that, the code's prompt is.
      The source is asked again after ten seconds.
    - A prompt that the source does not have comes from the code, so that only some can be moved there.
    - Each load is logged, and each failure is logged and counted by its reason.

    Args:
        source: Where prompts come from.
        fallback: Those of the code.
        ttl_seconds: How long the current version is used before it is asked for again; 0 asks each time.
        versions: Versions that are used instead of the current ones, by name.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        source: PromptSource,
        fallback: PromptSource,
        *,
        ttl_seconds: float,
        versions: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._fallback = fallback
        self._ttl_seconds = ttl_seconds
        self._versions = dict(versions or {})
        self._clock = clock
        self._entries: dict[tuple[str, str | None], _Entry] = {}
        self._failures: Counter[str] = Counter()
        # One load at a time: a source that is slow is not asked by everybody at once.
        self._lock = Lock()

    @property
    def failures(self) -> Mapping[str, int]:
        """How often the source gave no prompt, by the name of the error."""
        return dict(self._failures)

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version, or of the current one.

        Raises:
            UnknownPromptError: Neither the source nor the code has it.
            TwinError: The source failed, and the version that was named is not in the code.
        """
        with self._lock:
            key = (name, version or self._versions.get(name))
            entry = self._entries.get(key)
            if entry is None or self._clock() >= entry.asked_again_at:
                entry = self._asked(key, entry, is_named=version is not None)
                self._entries[key] = entry
            return entry.prompt

    def _asked(self, key: tuple[str, str | None], last: _Entry | None, *, is_named: bool) -> _Entry:
        try:
            prompt = self._source.prompt(*key)
        except TwinError as error:
            return self._without_source(key, last, error, is_named=is_named)
        told_load(prompt.reference)
        expires_at = self._clock() + self._ttl_seconds if key[1] is None else float("inf")
        return _Entry(prompt, is_from_source=True, asked_again_at=expires_at)

    def _without_source(
        self, key: tuple[str, str | None], last: _Entry | None, error: TwinError, *, is_named: bool
    ) -> _Entry:
        self._failures[type(error).__name__] += 1
        is_absent = isinstance(error, UnknownPromptError)
        asked_again_at = self._clock() + (max(self._ttl_seconds, RETRY_SECONDS) if is_absent else RETRY_SECONDS)
        if last is not None and last.is_from_source and not is_absent:
            _told_instead("what was loaded last", key[0], last.prompt.reference, error)
            return replace(last, asked_again_at=asked_again_at)
        prompt = self._code_prompt(key, error, is_named=is_named)
        _told_instead("the prompt of the code", key[0], prompt.reference, error)
        return _Entry(prompt, is_from_source=False, asked_again_at=asked_again_at)

    def _code_prompt(self, key: tuple[str, str | None], error: TwinError, *, is_named: bool) -> Prompt:
        name, version = key
        try:
            return self._fallback.prompt(name, version)
        except UnknownPromptError:
            if is_named:
                raise error from None
        try:
            return self._fallback.prompt(name)
        except UnknownPromptError:
            raise error from None


def _told_instead(instead: str, name: str, reference: PromptReference, error: TwinError) -> None:
    logger.warning(
        "{instead} is used for {name}, {version} ({content_hash:.12}) from {origin}: {reason}: {problem}",
        instead=instead,
        name=name,
        version=reference.version,
        content_hash=reference.content_hash,
        origin=reference.origin,
        reason=type(error).__name__,
        problem=error.problem,
    )

"""Prompts at run time: templates in the document store, one version of each pinned as the current one."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.application.ports import Collection, DocumentStore, JsonObject, WriteReport
from llm_engineering.application.prompts.pins import PinAction, PinEvent, pinned_versions
from llm_engineering.application.prompts.source import Prompt, UnknownPromptError
from llm_engineering.application.prompts.templates import TemplateMessage, TemplatePrompt, brace_pieces
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash, identifier

PROMPTS: Final = Collection("prompts", ("name", "version"))
PROMPT_PINS: Final = Collection("prompt_pins", ("name", "happened_at"))
_VERSION: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class StoredPrompts:
    """The prompts of a document store, as a `PromptSource`.

    A version that was pushed never changes. Which one is current is a pin; all pins are kept, so each can be undone.
    """

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version, or of the pinned one.

        Raises:
            UnknownPromptError: The store has no prompt of the name, or not in the version.
            UnpinnedPromptError: It has some, but none is pinned.
            ChangedStoredPromptError: The version was changed in the database after it was pushed.
            StoreUnavailableError: The store could not be reached.
        """
        wanted = version or self._pinned(name)
        stored = next(self._store.find(PROMPTS, {"name": name, "version": wanted}), None)
        if stored is None:
            raise UnknownPromptError(f"{name} {wanted}", [f"{name} {each}" for each in self.versions(name)])
        return _prompt(stored)

    def push(self, name: str, version: str, messages: Sequence[TemplateMessage], *, at: datetime) -> WriteReport:
        """Keep a new version, if it is new; it is not current before it is pinned.

        Raises:
            UnknownPromptError: The code has no prompt of the name, so nothing would use it.
            UnusableTemplateError: The template cannot be filled.
            VersionTakenError: The version is there and says something else.
        """
        if not _VERSION.fullmatch(version):
            raise InvalidInputError(
                f"{version!r:.80} is no version of a prompt.",
                remedy="Use up to 40 small letters, digits, dots, hyphens and underscores, such as s2.",
            )
        pushed: JsonObject = {
            "_id": identifier("prompt", name, version),
            "name": name,
            "version": version,
            "messages": [message.model_dump(mode="json") for message in messages],
            "template_hash": _template_hash(messages),
            "pushed_at": at.isoformat(),
        }
        _prompt(pushed)
        known = next(self._store.find(PROMPTS, {"name": name, "version": version}), None)
        if known is not None:
            if known["template_hash"] != pushed["template_hash"]:
                raise VersionTakenError(name, version)
            return WriteReport(unchanged=1)
        return self._store.upsert(PROMPTS, [pushed])

    def pin(self, name: str, version: str, *, at: datetime) -> PinEvent:
        """Make a version the current one.

        Raises:
            UnknownPromptError: The store does not have it.
            ChangedStoredPromptError: It was changed in the database after it was pushed.
        """
        self.prompt(name, version)
        return self._noted(PinEvent(name=name, action=PinAction.PIN, version=version, happened_at=at))

    def roll_back(self, name: str, *, at: datetime) -> PinEvent:
        """Make the version current that was current before; again, the one before that.

        Raises:
            NothingToRollBackError: No version was current before.
        """
        *earlier, _ = pinned_versions(self.history(name)) or ("",)
        if not earlier:
            raise NothingToRollBackError(name)
        return self._noted(PinEvent(name=name, action=PinAction.ROLLBACK, version=earlier[-1], happened_at=at))

    def history(self, name: str) -> tuple[PinEvent, ...]:
        """Return all changes of the current version, the first one first."""
        events = [
            PinEvent(**{key: value for key, value in stored.items() if key != "_id"})
            for stored in self._store.find(PROMPT_PINS, {"name": name})
        ]
        return tuple(sorted(events, key=lambda event: event.happened_at))

    def versions(self, name: str) -> tuple[str, ...]:
        """Return the versions of a prompt in the order in which they were pushed; none if there is no such prompt."""
        stored = sorted(self._store.find(PROMPTS, {"name": name}), key=lambda each: str(each["pushed_at"]))
        return tuple(each["version"] for each in stored)

    def _pinned(self, name: str) -> str:
        pinned = pinned_versions(self.history(name))
        if pinned:
            return pinned[-1]
        if self.versions(name):
            raise UnpinnedPromptError(name, self.versions(name))
        raise UnknownPromptError(name, sorted({each["name"] for each in self._store.find(PROMPTS, {})}))

    def _noted(self, event: PinEvent) -> PinEvent:
        happened_at = event.happened_at.isoformat(timespec="microseconds")
        noted = event.model_dump(mode="json") | {"happened_at": happened_at}
        self._store.upsert(PROMPT_PINS, [noted | {"_id": identifier("prompt_pin", event.name, happened_at)}])
        return event


class UnpinnedPromptError(UnknownPromptError):
    """The store has versions of a prompt, but none is the current one."""

    def __init__(self, name: str, versions: Sequence[str]) -> None:
        InvalidInputError.__init__(
            self,
            f"The store has {name} {', '.join(versions)}, but no version is pinned.",
            remedy=f"Pin one: python -m tools.prompts pin {name} {versions[-1]}",
        )
        self.wanted = name
        self.known = tuple(f"{name} {version}" for version in versions)


class VersionTakenError(InvalidInputError):
    """A version was pushed before with another text."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"The store has {name} {version} already, and it says something else.",
            remedy="A version never changes, so that answers can be traced to it: push the text as another version.",
        )
        self.name = name
        self.version = version


class ChangedStoredPromptError(InvalidInputError):
    """A stored prompt is not what was pushed."""

    def __init__(self, name: str, version: str) -> None:
        super().__init__(
            f"{name} {version} was changed in the database after it was pushed, or cannot be read.",
            remedy="Push the text that is wanted as another version and pin that.",
        )


class NothingToRollBackError(InvalidInputError):
    """No other version of a prompt was current before."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is nothing to roll {name!r} back to: no other version of it was pinned before.",
            remedy=f"See what was: python -m tools.prompts history {name}",
        )


def _template_hash(messages: Sequence[TemplateMessage]) -> str:
    return content_hash(*(part for message in messages for part in (message.role.value, message.template)))


def _prompt(stored: JsonObject) -> TemplatePrompt:
    name, version = str(stored["name"]), str(stored["version"])
    messages = _messages(stored.get("messages"), name, version)
    if _template_hash(messages) != stored.get("template_hash"):
        raise ChangedStoredPromptError(name, version)
    taken_apart = [(message.role, brace_pieces(name, message.template)) for message in messages]
    return TemplatePrompt(name, version, taken_apart, origin="store")


def _messages(stored: Any, name: str, version: str) -> list[TemplateMessage]:  # noqa: ANN401 - what a database holds
    try:
        return [TemplateMessage.model_validate(each) for each in stored]
    except (ValidationError, TypeError) as error:
        raise ChangedStoredPromptError(name, version) from error

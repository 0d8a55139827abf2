"""The lock file: a version of a prompt never says anything else than when it was locked.

`prompts.lock.json` beside this module holds the hash of each version. A prompt that was edited without a new version
no longer has the hash that was locked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from llm_engineering.application.prompts.code_prompts import CodePrompt
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel

LOCK_FILE: Final = Path(__file__).with_name("prompts.lock.json")


class PromptLock(FrozenModel):
    """Hashes by name and version."""

    prompts: Mapping[str, Mapping[str, str]] = {}

    def locked_hash(self, name: str, version: str) -> str | None:
        """Return the hash of a version, or None if it is not locked."""
        return self.prompts.get(name, {}).get(version)


class LockFaultKind(StrEnum):
    """How code and lock file differ."""

    EDITED = "edited"
    """A locked version says something else than when it was locked."""
    NOT_LOCKED = "not locked"
    """A version is new."""
    GONE = "gone"
    """A locked version is no longer in the code."""


@dataclass(frozen=True, slots=True)
class LockFault:
    """One difference between code and lock file."""

    kind: LockFaultKind
    name: str
    version: str
    next_version: str
    """The version that a changed prompt of that name would get."""

    @property
    def message(self) -> str:
        """What is wrong and what to do."""
        function = f"{self.name}_{self.version}"
        if self.kind is LockFaultKind.NOT_LOCKED:
            return f"{self.name} {self.version} is new and not locked. Run: poetry poe prompts lock"
        if self.kind is LockFaultKind.GONE:
            return (
                f"{self.name} {self.version} is locked but no longer in the code, so what was made with it cannot be "
                f"made again. Bring the function {function} back, with its line in registry.py (git log -S {function} "
                "finds it)."
            )
        return (
            f"{self.name} {self.version} was edited, but its version is locked: the function {function}, something "
            f"that it uses or its samples changed. Take the edit back. To change the prompt, copy {function} to "
            f"{self.name}_{self.next_version}, edit the copy, add it to PROMPTS in registry.py and run: poetry poe "
            "prompts lock"
        )


class PromptLockError(InvalidInputError):
    """Code and lock file differ in a way that locking must not hide."""

    def __init__(self, faults: Sequence[LockFault]) -> None:
        super().__init__(
            "\n".join(f"- {fault.message}" for fault in faults),
            remedy="Nothing was locked; a locked version is never changed.",
        )
        self.faults = tuple(faults)


class BrokenLockFileError(InvalidInputError):
    """The lock file cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{LOCK_FILE.name} is no lock file: {reason}.",
            remedy="Take it back to what was committed, with git checkout.",
        )


def lock_faults(lock: PromptLock, prompts: Sequence[CodePrompt]) -> tuple[LockFault, ...]:
    """Return how the prompts of the code differ from those that are locked, by name and version."""
    references = {(prompt.name, prompt.version): prompt.reference for prompt in prompts}
    locked = {(name, version) for name, versions in lock.prompts.items() for version in versions}
    kinds: dict[tuple[str, str], LockFaultKind] = dict.fromkeys(locked - references.keys(), LockFaultKind.GONE)
    for key, reference in references.items():
        known = lock.locked_hash(*key)
        if known is None:
            kinds[key] = LockFaultKind.NOT_LOCKED
        elif known != reference.content_hash:
            kinds[key] = LockFaultKind.EDITED
    all_versions = locked | references.keys()
    return tuple(
        LockFault(kind, name, version, _next_version(name, all_versions))
        for (name, version), kind in sorted(kinds.items())
    )


def extended_lock(lock: PromptLock, prompts: Sequence[CodePrompt]) -> PromptLock:
    """Return the lock with the versions that are new; those that it has stay.

    Raises:
        PromptLockError: A locked version was edited or is gone.
    """
    faults = [fault for fault in lock_faults(lock, prompts) if fault.kind is not LockFaultKind.NOT_LOCKED]
    if faults:
        raise PromptLockError(faults)
    hashes = {name: dict(versions) for name, versions in lock.prompts.items()}
    for prompt in prompts:
        hashes.setdefault(prompt.name, {})[prompt.version] = prompt.reference.content_hash
    return PromptLock(prompts=hashes)


def lock_text(lock: PromptLock) -> str:
    """Return the text of a lock file, the same for equal locks."""
    return json.dumps(lock.model_dump(), indent=2, sort_keys=True) + "\n"


def read_lock(path: Path = LOCK_FILE) -> PromptLock:
    """Return what a lock file holds; one that is not there locks nothing.

    Raises:
        BrokenLockFileError: It is no lock file.
    """
    if not path.exists():
        return PromptLock()
    try:
        return PromptLock.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise BrokenLockFileError(str(error).splitlines()[0]) from error


def _next_version(name: str, versions: set[tuple[str, str]]) -> str:
    numbers = [int(version.removeprefix("v")) for each, version in versions if each == name]
    return f"v{max(numbers) + 1}"

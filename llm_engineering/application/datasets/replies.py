"""Replies of language models that are kept as they come, so that none is paid for twice.

The suite `tests/contracts/reply_store.py` holds the adapters of the port.
"""

import json
from collections.abc import Collection, Sequence
from typing import Protocol

from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.domain.models import FrozenModel


class StoredReply(FrozenModel):
    """A reply, and what it replies to."""

    key: str
    """`request_key` of the request."""
    document_id: str
    """Whose text the request held, so that it can be forgotten."""
    completion: Completion


class ReplyStore(Protocol):
    """Keeps replies; durable when `keep` returns, safe to use from several tasks and, if it lasts, processes."""

    async def replies(self, keys: Sequence[str]) -> dict[str, StoredReply]:
        """Return those of some replies that are there, by key."""
        ...

    async def keep(self, reply: StoredReply) -> None:
        """Keep a reply; one that is there with its key is replaced."""
        ...

    async def forget(self, document_ids: Collection[str]) -> int:
        """Delete the replies to requests that held the text of some documents, and return their number."""
        ...

    async def close(self) -> None:
        """Let go of files; safe to call twice."""
        ...


class RepliesInMemory:
    """Keeps replies as long as the process runs."""

    def __init__(self) -> None:
        self._replies: dict[str, StoredReply] = {}

    async def replies(self, keys: Sequence[str]) -> dict[str, StoredReply]:
        """Return those that are there."""
        return {key: self._replies[key] for key in keys if key in self._replies}

    async def keep(self, reply: StoredReply) -> None:
        """Keep a reply."""
        self._replies[reply.key] = reply

    async def forget(self, document_ids: Collection[str]) -> int:
        """Delete those of some documents."""
        wanted = set(document_ids)
        keys = [key for key, reply in self._replies.items() if reply.document_id in wanted]
        for key in keys:
            del self._replies[key]
        return len(keys)

    async def close(self) -> None:
        """Nothing is to be let go of."""


def request_key(model: ModelIdentity, request: ModelRequest) -> str:
    """Return what a request to a model is known by: SHA-256 of all that the reply depends on.

    What it is for, which no model is told, plays no part.
    """
    told = request.model_dump(mode="json", exclude={"purpose"})
    return content_hash(model.provider, model.name, json.dumps(told, ensure_ascii=False, sort_keys=True))

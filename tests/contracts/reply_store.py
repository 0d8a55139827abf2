"""What every `ReplyStore` promises, as tests. A subclass gives the fixture `made_store`."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from llm_engineering.application.datasets.replies import ReplyStore, StoredReply
from llm_engineering.domain.language_models import Completion, FinishReason, TokenUsage


def reply(key: str, text: str = "yes", document_id: str = "one") -> StoredReply:
    usage = TokenUsage(prompt_tokens=10, completion_tokens=2)
    completion = Completion(text=text, finish_reason=FinishReason.STOP, usage=usage, model="tide-1", cost=0.25)
    return StoredReply(key=key, document_id=document_id, completion=completion)


@pytest.mark.anyio
class ReplyStoreContract:
    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def made_store(self) -> ReplyStore:
        raise NotImplementedError

    @pytest.fixture
    async def store(self, made_store: ReplyStore) -> AsyncIterator[ReplyStore]:
        yield made_store
        await made_store.close()

    async def test_it_has_nothing_at_first(self, store: ReplyStore) -> None:
        assert await store.replies(["a"]) == {}
        assert await store.replies([]) == {}

    async def test_replies_come_back_as_they_were_kept(self, store: ReplyStore) -> None:
        first, second = reply("a"), reply("b", "ein „Wort“ \n\ud7ff")
        await store.keep(first)
        await store.keep(second)

        assert await store.replies(["b", "a", "c"]) == {"a": first, "b": second}

    async def test_a_key_has_one_reply_the_last(self, store: ReplyStore) -> None:
        await store.keep(reply("a", "first"))
        await store.keep(reply("a", "second"))

        assert (await store.replies(["a"]))["a"].completion.text == "second"

    async def test_many_keys_are_asked_for_at_once(self, store: ReplyStore) -> None:
        await asyncio.gather(*(store.keep(reply(f"key {number}")) for number in range(40)))

        assert len(await store.replies([f"key {number}" for number in range(2000)])) == 40

    async def test_replies_about_some_documents_are_forgotten(self, store: ReplyStore) -> None:
        await store.keep(reply("a", document_id="one"))
        await store.keep(reply("b", document_id="two"))
        await store.keep(reply("c", document_id="one"))

        assert await store.forget(["one", "three"]) == 2
        assert set(await store.replies(["a", "b", "c"])) == {"b"}
        assert await store.forget(["one"]) == 0

    async def test_it_is_closed_twice(self, store: ReplyStore) -> None:
        await store.keep(reply("a"))
        await store.close()
        await store.close()

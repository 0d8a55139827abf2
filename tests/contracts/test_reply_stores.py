"""Both stores of replies keep the promises of the ReplyStore port."""

from pathlib import Path

import pytest

from llm_engineering.application.datasets.replies import RepliesInMemory, ReplyStore
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.datasets.sqlite_replies import SqliteReplies
from tests.contracts.reply_store import ReplyStoreContract, reply


class TestRepliesInMemory(ReplyStoreContract):
    @pytest.fixture
    def made_store(self) -> ReplyStore:
        return RepliesInMemory()


@pytest.mark.integration
class TestSqliteReplies(ReplyStoreContract):
    @pytest.fixture
    def made_store(self, tmp_path: Path) -> ReplyStore:
        return SqliteReplies(tmp_path / "new" / "replies.sqlite3", timeout_seconds=5)

    async def test_reading_makes_no_file(self, tmp_path: Path) -> None:
        store = SqliteReplies(tmp_path / "none.sqlite3", timeout_seconds=5)
        assert await store.replies(["a"]) == {}
        assert await store.forget(["one"]) == 0
        await store.close()

        assert list(tmp_path.iterdir()) == []

    async def test_replies_stay_when_it_is_opened_again(self, tmp_path: Path) -> None:
        path = tmp_path / "replies.sqlite3"
        first, second = (SqliteReplies(path, timeout_seconds=5) for _ in range(2))
        await first.keep(reply("a"))

        assert await second.replies(["a"]) == {"a": reply("a")}
        await first.close()
        await second.close()

    async def test_what_is_forgotten_does_not_stay_in_the_file(self, tmp_path: Path) -> None:
        store = SqliteReplies(tmp_path / "replies.sqlite3", timeout_seconds=5)
        await store.keep(reply("a", "the glass tide"))
        await store.forget(["one"])
        await store.close()

        assert all(b"glass tide" not in path.read_bytes() for path in tmp_path.iterdir())

    async def test_a_file_that_is_no_store_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "replies.sqlite3"
        path.write_bytes(b"no database" * 1000)
        store = SqliteReplies(path, timeout_seconds=1)

        with pytest.raises(StoreUnavailableError, match=r"store of replies .*replies\.sqlite3"):
            await store.keep(reply("a"))
        await store.close()

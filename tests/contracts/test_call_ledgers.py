"""Both ledgers keep the promises of the CallLedger port."""

import asyncio
from pathlib import Path

import pytest

from llm_engineering.application.language_models.ledger import (
    Budget,
    BudgetExceededError,
    CallLedger,
    LedgerInMemory,
)
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.language_models.sqlite_ledger import SqliteCallLedger
from tests.contracts.call_ledger import CallLedgerContract, call


class TestLedgerInMemory(CallLedgerContract):
    @pytest.fixture
    def made_ledger(self) -> CallLedger:
        return LedgerInMemory()


@pytest.mark.integration
class TestSqliteCallLedger(CallLedgerContract):
    @pytest.fixture
    def made_ledger(self, tmp_path: Path) -> CallLedger:
        return SqliteCallLedger(tmp_path / "new" / "calls.sqlite3", timeout_seconds=5)

    async def test_reading_makes_no_file(self, tmp_path: Path) -> None:
        ledger = SqliteCallLedger(tmp_path / "none.sqlite3", timeout_seconds=5)
        assert await ledger.calls() == ()
        await ledger.close()

        assert list(tmp_path.iterdir()) == []

    async def test_the_budget_holds_over_processes_and_restarts(self, tmp_path: Path) -> None:
        budget, path = Budget(limit=1.0), tmp_path / "calls.sqlite3"
        ledgers = [SqliteCallLedger(path, timeout_seconds=20) for _ in range(3)]
        ended = await asyncio.gather(
            *(ledger.enter(call(f"{place}-{number}", 0.25), budget) for number in range(4)
              for place, ledger in enumerate(ledgers)),
            return_exceptions=True,
        )  # fmt: skip
        for ledger in ledgers:
            await ledger.close()

        reopened = SqliteCallLedger(path, timeout_seconds=5)
        assert sum(each is None for each in ended) == 4
        assert len(await reopened.calls()) == 4
        with pytest.raises(BudgetExceededError):
            await reopened.enter(call("later", 0.01), budget)
        await reopened.close()

    async def test_a_file_that_is_no_ledger_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "calls.sqlite3"
        path.write_bytes(b"no database" * 1000)
        ledger = SqliteCallLedger(path, timeout_seconds=1)

        with pytest.raises(StoreUnavailableError, match=r"ledger of model calls .*calls\.sqlite3"):
            await ledger.enter(call("one", 1), None)
        await ledger.close()

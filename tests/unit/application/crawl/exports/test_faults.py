from pathlib import Path

from llm_engineering.application.crawl.exports.faults import ExportFault

_PAGE = Path(__file__).parents[5] / "docs" / "exports.md"


def test_every_fault_is_described() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    assert [fault.value for fault in ExportFault if f"`{fault.value}`" not in page] == []

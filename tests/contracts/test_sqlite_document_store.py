from pathlib import Path

import pytest

from llm_engineering.settings import Settings
from tests.contracts.document_store import DocumentStoreContract


class TestSqliteDocumentStore(DocumentStoreContract):
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_folder=tmp_path / "made" / "when opened")

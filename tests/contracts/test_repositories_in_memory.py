"""The fake of the GitClient port keeps the port's promises, so that what it stands in for is the port."""

import pytest

from llm_engineering.application.crawl.snapshots import GitClient
from tests.contracts.git_client import GitClientContract
from tests.support.crawl_fakes import RepositoriesInMemory


class TestRepositoriesInMemory(GitClientContract):
    @pytest.fixture
    def repositories(self) -> RepositoriesInMemory:
        return RepositoriesInMemory()

    @pytest.fixture
    def client(self, repositories: RepositoriesInMemory) -> GitClient:
        return repositories

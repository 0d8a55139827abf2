from collections.abc import Iterator
from uuid import uuid4

import pytest
from pydantic import SecretStr
from pymongo import MongoClient

from llm_engineering.settings import Settings
from tests.contracts.document_store import DocumentStoreContract
from tests.contracts.mongodb_server import running_mongodb


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with running_mongodb(tmp_path_factory.mktemp("mongodb")) as url:
        yield url


@pytest.mark.integration
class TestMongoDocumentStore(DocumentStoreContract):
    @pytest.fixture
    def settings(self, url: SecretStr) -> Iterator[Settings]:
        settings = Settings(database_host=url, database_name=f"test_{uuid4().hex}")
        yield settings
        client: MongoClient[dict[str, object]] = MongoClient(url.get_secret_value())
        with client:
            client.drop_database(settings.database_name)

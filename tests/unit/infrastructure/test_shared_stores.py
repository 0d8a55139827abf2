import pytest
from pydantic import SecretStr

from llm_engineering.infrastructure.shared_stores import EmbeddedStoresError, settings_of_servers
from llm_engineering.settings import Settings

MONGODB = SecretStr("mongodb://127.0.0.1:27017")
QDRANT = "http://127.0.0.1:6333"


def settings(**changed: object) -> Settings:
    return Settings().model_copy(update=changed)


def test_servers_are_taken() -> None:
    both = settings(database_host=MONGODB, qdrant_url=QDRANT)

    assert settings_of_servers(both) is both


@pytest.mark.parametrize(
    ("changed", "unset"),
    [
        ({}, ("DATABASE_HOST", "QDRANT_URL")),
        ({"qdrant_url": QDRANT}, ("DATABASE_HOST",)),
        ({"database_host": MONGODB}, ("QDRANT_URL",)),
    ],
)
def test_embedded_stores_are_named(changed: dict[str, object], unset: tuple[str, ...]) -> None:
    with pytest.raises(EmbeddedStoresError, match="Set DATABASE_HOST to a MongoDB server") as raised:
        settings_of_servers(settings(**changed))

    assert raised.value.unset == unset

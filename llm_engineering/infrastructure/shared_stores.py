"""Tells stores that several processes can use from those that belong to one."""

from collections.abc import Sequence

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.settings import Settings


class EmbeddedStoresError(InvalidInputError):
    """Stores that lie on servers are demanded, and some would be files of this process."""

    def __init__(self, unset: Sequence[str]) -> None:
        super().__init__(
            f"Stores on servers are demanded (--servers-only), but {' and '.join(unset)} "
            f"{'is' if len(unset) == 1 else 'are'} not set.",
            remedy="Set DATABASE_HOST to a MongoDB server and QDRANT_URL to a Qdrant server. Without them each copy of "
            "the service would have files of its own, and answer from those.",
        )
        self.unset = tuple(unset)


def settings_of_servers(settings: Settings) -> Settings:
    """Return the settings, if both stores lie on servers.

    SQLite and Qdrant Edge are files: copies of the service on several machines would not see each other's, and on one
    machine only the first could open the index.

    Raises:
        EmbeddedStoresError: One or both would be embedded.
    """
    named = {"DATABASE_HOST": settings.database_host, "QDRANT_URL": settings.qdrant_url}
    unset = [name for name, value in named.items() if value is None]
    if unset:
        raise EmbeddedStoresError(unset)
    return settings

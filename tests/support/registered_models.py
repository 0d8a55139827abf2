"""The registry that the tests of a process share."""

from collections.abc import Iterator
from contextlib import contextmanager

from zenml.client import Client
from zenml.utils.pagination_utils import depaginate


@contextmanager
def empty_registry() -> Iterator[Client]:
    """Yield a client of a registry without models, whatever an earlier test has left, and leave none behind."""
    client = Client()
    _forget_models(client)
    try:
        yield client
    finally:
        _forget_models(client)


def _forget_models(client: Client) -> None:
    for each in list(depaginate(client.list_models)):
        client.delete_model(each.id)

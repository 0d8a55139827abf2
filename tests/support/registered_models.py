"""The registry that the tests of a process share."""

from zenml.client import Client
from zenml.utils.pagination_utils import depaginate


def forget_registered_models() -> None:
    """Delete all models of the registry."""
    client = Client()
    for each in list(depaginate(client.list_models)):
        client.delete_model(each.id)

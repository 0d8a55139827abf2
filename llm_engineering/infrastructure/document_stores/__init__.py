"""Adapters of the `DocumentStore` port."""

"""Adapters of the port of language models."""

"""One contract suite per port: a class without "Test" in its name, which a test module per adapter subclasses."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.document_store",
    "tests.contracts.embedder",
    "tests.contracts.fetcher",
    "tests.contracts.git_client",
    "tests.contracts.language_model",
    "tests.contracts.call_ledger",
    "tests.contracts.vector_store",
)

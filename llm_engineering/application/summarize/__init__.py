"""From a document to its summary."""

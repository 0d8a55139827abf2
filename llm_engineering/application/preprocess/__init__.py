"""From raw documents to chunks: cleaning and chunking."""

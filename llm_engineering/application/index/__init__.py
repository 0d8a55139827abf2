"""Keeps the vector store equal to the chunks of the documents."""

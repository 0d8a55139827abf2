"""How much a text sounds like an author, against other authors, without a language model."""

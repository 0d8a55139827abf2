"""Steps that turn documents into an index."""

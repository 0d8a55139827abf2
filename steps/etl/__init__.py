"""Steps that collect."""

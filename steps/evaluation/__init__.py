"""Steps that measure how well the index answers."""

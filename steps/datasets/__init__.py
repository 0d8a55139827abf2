"""Steps that make training data."""

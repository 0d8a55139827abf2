"""Steps that train a model."""

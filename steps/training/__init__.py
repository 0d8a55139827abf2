"""Steps that train models and register them."""

"""Steps that compare two variants of the answer."""

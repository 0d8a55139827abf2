"""Steps that score models beside each other."""

"""Sets of samples made from real text, some of which have a known fault."""
